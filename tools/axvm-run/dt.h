/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writing a device tree, from its start to its end
 *
 * The first error is kept and makes the calls after it do nothing, so that only
 * dt_finish() needs to be checked.
 */
#ifndef AXVM_RUN_DT_H
#define AXVM_RUN_DT_H

#include "types.h"

/**
 * struct dt - A device tree that is being written.
 * @buf: where.
 * @error: the first error, from libfdt, or 0.
 */
struct dt {
	void *buf;
	int error;
};

void dt_start(struct dt *dt, void *buf, size_t len);

/* The tree's length in bytes, or -1 with the reason reported. */
int dt_finish(struct dt *dt);

void dt_node(struct dt *dt, const char *name);
/* A node whose name ends in its address: "name@address". */
void dt_node_at(struct dt *dt, const char *name, u64 address);
void dt_end_node(struct dt *dt);

void dt_flag(struct dt *dt, const char *name);
void dt_u32(struct dt *dt, const char *name, u32 value);
void dt_u64(struct dt *dt, const char *name, u64 value);
void dt_string(struct dt *dt, const char *name, const char *value);
/* Any bytes; also a list of strings, each with its zero. */
void dt_bytes(struct dt *dt, const char *name, const void *value, size_t len);
/* "reg", of two 64-bit numbers. */
void dt_reg(struct dt *dt, u64 address, u64 size);
/* Room for @count cells, to be filled by dt_set_cell(). */
void *dt_cells(struct dt *dt, const char *name, unsigned int count);
void dt_set_cell(void *cells, unsigned int index, u32 value);

#endif /* AXVM_RUN_DT_H */
