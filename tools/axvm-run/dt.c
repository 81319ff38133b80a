// SPDX-License-Identifier: GPL-2.0
/*
 * Writing a device tree, from its start to its end
 */
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "dt.h"
#include "report.h"

void dt_start(struct dt *dt, void *buf, size_t len)
{
	*dt = (struct dt){ .buf = buf };
	dt->error = dt->error ?: fdt_create(buf, len);
	dt->error = dt->error ?: fdt_finish_reservemap(buf);
}

int dt_finish(struct dt *dt)
{
	dt->error = dt->error ?: fdt_finish(dt->buf);
	if (dt->error)
		return fail("cannot make the device tree: %s", fdt_strerror(dt->error));
	return fdt_totalsize(dt->buf);
}

void dt_node(struct dt *dt, const char *name)
{
	dt->error = dt->error ?: fdt_begin_node(dt->buf, name);
}

void dt_node_at(struct dt *dt, const char *name, u64 address)
{
	char full[64];

	snprintf(full, sizeof(full), "%s@%llx", name, address);
	dt_node(dt, full);
}

void dt_end_node(struct dt *dt)
{
	dt->error = dt->error ?: fdt_end_node(dt->buf);
}

void dt_flag(struct dt *dt, const char *name)
{
	dt->error = dt->error ?: fdt_property(dt->buf, name, NULL, 0);
}

void dt_u32(struct dt *dt, const char *name, u32 value)
{
	dt->error = dt->error ?: fdt_property_u32(dt->buf, name, value);
}

void dt_u64(struct dt *dt, const char *name, u64 value)
{
	dt->error = dt->error ?: fdt_property_u64(dt->buf, name, value);
}

void dt_string(struct dt *dt, const char *name, const char *value)
{
	dt->error = dt->error ?: fdt_property_string(dt->buf, name, value);
}

void dt_bytes(struct dt *dt, const char *name, const void *value, size_t len)
{
	dt->error = dt->error ?: fdt_property(dt->buf, name, value, len);
}

void dt_reg(struct dt *dt, u64 address, u64 size)
{
	fdt64_t reg[] = { cpu_to_fdt64(address), cpu_to_fdt64(size) };

	dt_bytes(dt, "reg", reg, sizeof(reg));
}

void *dt_cells(struct dt *dt, const char *name, unsigned int count)
{
	int len = count * sizeof(fdt32_t);
	void *cells = NULL;

	dt->error = dt->error ?: fdt_property_placeholder(dt->buf, name, len, &cells);
	return dt->error ? NULL : cells;
}

void dt_set_cell(void *cells, unsigned int index, u32 value)
{
	fdt32_t cell = cpu_to_fdt32(value);

	if (cells)
		memcpy((fdt32_t *)cells + index, &cell, sizeof(cell));
}
