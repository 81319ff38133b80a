/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The terminal that axvm-run was started on: raw while the guest has it
 */
#ifndef AXVM_RUN_TERMINAL_H
#define AXVM_RUN_TERMINAL_H

/**
 * terminal_take() - Make a terminal raw, now and after each terminal_resume().
 * @fd: its file descriptor.
 *
 * Its mode is put back by terminal_release(), by exit(), and by every signal that
 * ends the process, but SIGKILL, which nothing can catch.
 *
 * Return: 0, or -1 with the reason reported.
 */
int terminal_take(int fd);

/* Put the terminal's mode back and forget about it. May be called at any time. */
void terminal_release(void);

/* Put the mode back while the process is stopped, and make it raw again after. */
void terminal_suspend(void);
void terminal_resume(void);

#endif /* AXVM_RUN_TERMINAL_H */
