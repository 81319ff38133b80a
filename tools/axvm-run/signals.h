/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signals for axvm-run, taken by its main loop
 */
#ifndef AXVM_RUN_SIGNALS_H
#define AXVM_RUN_SIGNALS_H

/**
 * signals_open() - Have the signals that would end or stop axvm-run wait.
 *
 * To be called before any thread is made. Signals that were ignored when axvm-run
 * was started (nohup) stay so.
 *
 * Return: a signalfd that tells of them, or -1 with the reason reported.
 */
int signals_open(void);

/**
 * signals_take() - Take one signal.
 * @fd: from signals_open(), and readable.
 *
 * Job control is dealt with here.
 *
 * Return: the number of the signal if it is to end the run, or 0.
 */
int signals_take(int fd);

#endif /* AXVM_RUN_SIGNALS_H */
