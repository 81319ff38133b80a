# SPDX-License-Identifier: GPL-2.0-only
"""The CI VMs: boot a stock kernel in an emulator, run jobs in it, judge them."""
