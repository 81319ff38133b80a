// SPDX-License-Identifier: GPL-2.0
/*
 * What an axvm-run machine has that ACPI's fixed tables do not tell
 *
 * Processors are in the MADT. Numbers are those of layout.h and pm.h.
 */
DefinitionBlock ("", "DSDT", 2, "AXVM  ", "AXVMRUN ", 1)
{
	/* Power-off: the sleep type that pm.c knows. */
	Name (_S5, Package () { 5, 0, 0, 0 })

	Scope (\_SB)
	{
		Device (COM1)
		{
			Name (_HID, EisaId ("PNP0501"))
			Name (_UID, 1)
			Name (_STA, 0x0f)
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x03f8, 0x03f8, 1, 8)
				IRQNoFlags () { 4 }
			})
		}

		Device (RTC)
		{
			Name (_HID, EisaId ("PNP0B00"))
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x0070, 0x0070, 1, 2)
				IRQNoFlags () { 8 }
			})
		}

		Device (PIT)
		{
			Name (_HID, EisaId ("PNP0100"))
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x0040, 0x0040, 1, 4)
				IRQNoFlags () { 0 }
			})
		}

		Device (PIC)
		{
			Name (_HID, EisaId ("PNP0000"))
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x0020, 0x0020, 1, 2)
				IO (Decode16, 0x00a0, 0x00a0, 1, 2)
				IO (Decode16, 0x04d0, 0x04d0, 1, 2)
				IRQNoFlags () { 2 }
			})
		}

		/* The power-management registers and the debugging ports are not for others. */
		Device (REGS)
		{
			Name (_HID, EisaId ("PNP0C02"))
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x0600, 0x0600, 1, 12)
				IO (Decode16, 0x00e9, 0x00e9, 1, 1)
				IO (Decode16, 0x00f4, 0x00f4, 1, 4)
			})
		}
	}
}
