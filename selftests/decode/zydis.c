// SPDX-License-Identifier: GPL-2.0
/*
 * The decoder beside another one: Zydis
 *
 * What our decoder accepts, Zydis must accept too and say the same of; and what Zydis
 * says is one of the instructions in "families" and has an operand in memory, ours must
 * accept, but for what excepted() lists.
 */
#include <Zydis/Zydis.h>
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>

#include "axvm.h"
#include "zydis.h"

static ZydisDecoder decoders[3];

#define IS(mnemonic, op)	{ ZYDIS_MNEMONIC_##mnemonic, AXVM_X86_OP_##op }
#define SAME(op)		IS(op, op)

/* The instructions that are accepted. */
static const struct {
	u16 mnemonic;
	u8 op;
} accepted[] = {
	SAME(ADD), SAME(OR), SAME(ADC), SAME(SBB), SAME(AND), SAME(SUB), SAME(XOR), SAME(CMP),
	SAME(ROL), SAME(ROR), SAME(RCL), SAME(RCR), SAME(SHL), SAME(SHR), SAME(SAR),
	SAME(BT), SAME(BTS), SAME(BTR), SAME(BTC), SAME(TEST),
	SAME(INC), SAME(DEC), SAME(NOT), SAME(NEG),
	SAME(MOV), SAME(MOVBE), SAME(XCHG), SAME(XADD), SAME(CMPXCHG), SAME(PUSH), SAME(POP),
	IS(MOVZX, MOV), IS(MOVSX, MOV), IS(MOVSXD, MOV), IS(MOVNTI, MOV),
	IS(CMPXCHG8B, CMPXCHG_PAIR), IS(CMPXCHG16B, CMPXCHG_PAIR),
	IS(SETO, SETCC), IS(SETNO, SETCC), IS(SETB, SETCC), IS(SETNB, SETCC),
	IS(SETZ, SETCC), IS(SETNZ, SETCC), IS(SETBE, SETCC), IS(SETNBE, SETCC),
	IS(SETS, SETCC), IS(SETNS, SETCC), IS(SETP, SETCC), IS(SETNP, SETCC),
	IS(SETL, SETCC), IS(SETNL, SETCC), IS(SETLE, SETCC), IS(SETNLE, SETCC),
	IS(CMOVO, CMOVCC), IS(CMOVNO, CMOVCC), IS(CMOVB, CMOVCC), IS(CMOVNB, CMOVCC),
	IS(CMOVZ, CMOVCC), IS(CMOVNZ, CMOVCC), IS(CMOVBE, CMOVCC), IS(CMOVNBE, CMOVCC),
	IS(CMOVS, CMOVCC), IS(CMOVNS, CMOVCC), IS(CMOVP, CMOVCC), IS(CMOVNP, CMOVCC),
	IS(CMOVL, CMOVCC), IS(CMOVNL, CMOVCC), IS(CMOVLE, CMOVCC), IS(CMOVNLE, CMOVCC),
	IS(MOVSB, MOVS), IS(MOVSW, MOVS), IS(MOVSQ, MOVS),
	IS(STOSB, STOS), IS(STOSW, STOS), IS(STOSD, STOS), IS(STOSQ, STOS),
	IS(LODSB, LODS), IS(LODSW, LODS), IS(LODSD, LODS), IS(LODSQ, LODS),
	IS(SCASB, SCAS), IS(SCASW, SCAS), IS(SCASD, SCAS), IS(SCASQ, SCAS),
	IS(CMPSB, CMPS), IS(CMPSW, CMPS), IS(CMPSQ, CMPS),
	IS(INSB, INS), IS(INSW, INS), IS(INSD, INS),
	IS(OUTSB, OUTS), IS(OUTSW, OUTS), IS(OUTSD, OUTS),
	IS(MOVUPS, VECTOR), IS(VMOVUPS, VECTOR),
	IS(MOVUPD, VECTOR), IS(VMOVUPD, VECTOR),
	IS(MOVSS, VECTOR), IS(VMOVSS, VECTOR),
	IS(MOVAPS, VECTOR), IS(VMOVAPS, VECTOR),
	IS(MOVAPD, VECTOR), IS(VMOVAPD, VECTOR),
	IS(MOVNTPS, VECTOR), IS(VMOVNTPS, VECTOR),
	IS(MOVNTPD, VECTOR), IS(VMOVNTPD, VECTOR),
	IS(MOVD, VECTOR), IS(VMOVD, VECTOR),
	IS(MOVQ, VECTOR), IS(VMOVQ, VECTOR),
	IS(MOVDQA, VECTOR), IS(VMOVDQA, VECTOR),
	IS(MOVDQU, VECTOR), IS(VMOVDQU, VECTOR),
	IS(LDDQU, VECTOR), IS(VLDDQU, VECTOR),
	IS(MOVNTDQ, VECTOR), IS(VMOVNTDQ, VECTOR),
	IS(MOVNTDQA, VECTOR), IS(VMOVNTDQA, VECTOR),
	IS(MOVNTQ, VECTOR), IS(VMOVSD, VECTOR), IS(VMOVDQA32, VECTOR),
	IS(VMOVDQA64, VECTOR), IS(VMOVDQU8, VECTOR), IS(VMOVDQU16, VECTOR),
	IS(VMOVDQU32, VECTOR), IS(VMOVDQU64, VECTOR),
	IS(MOVLPS, VECTOR_LOW), IS(VMOVLPS, VECTOR_LOW),
	IS(MOVLPD, VECTOR_LOW), IS(VMOVLPD, VECTOR_LOW),
	IS(MOVHPS, VECTOR_HIGH), IS(VMOVHPS, VECTOR_HIGH),
	IS(MOVHPD, VECTOR_HIGH), IS(VMOVHPD, VECTOR_HIGH),
	IS(NOP, NONE), IS(PREFETCH, NONE), IS(PREFETCHNTA, NONE), IS(PREFETCHT0, NONE),
	IS(PREFETCHT1, NONE), IS(PREFETCHT2, NONE), IS(PREFETCHW, NONE),
	IS(PREFETCHWT1, NONE), IS(CLFLUSH, NONE), IS(CLFLUSHOPT, NONE),
	IS(CLWB, NONE), IS(CLDEMOTE, NONE),
};

/* The same by mnemonic; 0 is none. */
static u8 families[ZYDIS_MNEMONIC_MAX_VALUE + 1];

void zydis_init(void)
{
	unsigned int i;

	ZydisDecoderInit(&decoders[AXVM_X86_MODE_16], ZYDIS_MACHINE_MODE_LEGACY_16,
			 ZYDIS_STACK_WIDTH_16);
	ZydisDecoderInit(&decoders[AXVM_X86_MODE_32], ZYDIS_MACHINE_MODE_LEGACY_32,
			 ZYDIS_STACK_WIDTH_32);
	ZydisDecoderInit(&decoders[AXVM_X86_MODE_64], ZYDIS_MACHINE_MODE_LONG_64,
			 ZYDIS_STACK_WIDTH_64);
	for (i = 0; i < ARRAY_SIZE(accepted); i++)
		families[accepted[i].mnemonic] = accepted[i].op;
}

/* Two mnemonics of strings are those of vector instructions, too: their opcodes differ. */
static u8 family(const ZydisDecodedInstruction *z)
{
	bool string = z->opcode_map == ZYDIS_OPCODE_MAP_DEFAULT;

	if (z->mnemonic == ZYDIS_MNEMONIC_MOVSD)
		return string ? AXVM_X86_OP_MOVS : AXVM_X86_OP_VECTOR;
	if (z->mnemonic == ZYDIS_MNEMONIC_CMPSD)
		return string ? AXVM_X86_OP_CMPS : 0;
	return families[z->mnemonic];
}

/* A segment register is an operand of MOV like any other there. */
static bool same_op(const struct axvm_x86_insn *insn, const ZydisDecodedInstruction *z)
{
	u8 op = insn->op;

	if (op == AXVM_X86_OP_MOV_SEG)
		op = AXVM_X86_OP_MOV;
	if (op == AXVM_X86_OP_SAL)
		op = AXVM_X86_OP_SHL;
	return op == family(z);
}

/**
 * struct operands - Zydis' operands by what they are.
 * @z: the instruction.
 * @all: its operands.
 * @nr_memory: operands in memory, but for the stack of PUSH and POP.
 * @memory: they.
 * @nr_registers: registers that one would write.
 * @registers: they.
 * @immediate: the immediate, or NULL.
 */
struct operands {
	ZydisDecodedInstruction z;
	ZydisDecodedOperand all[ZYDIS_MAX_OPERAND_COUNT];
	unsigned int nr_memory;
	const struct ZydisDecodedOperand_ *memory[3];
	unsigned int nr_registers;
	const struct ZydisDecodedOperand_ *registers[8];
	const struct ZydisDecodedOperand_ *immediate;
};

static bool is_string(u8 op)
{
	return op >= AXVM_X86_OP_MOVS && op <= AXVM_X86_OP_OUTS;
}

static bool counts(const struct operands *o, const ZydisDecodedOperand *operand)
{
	if (operand->visibility != ZYDIS_OPERAND_VISIBILITY_HIDDEN)
		return true;
	return is_string(family(&o->z)) && operand->type == ZYDIS_OPERAND_TYPE_MEMORY;
}

/* No mask is K0 as a mask. */
static bool is_mask(const ZydisDecodedOperand *operand)
{
	return ZydisRegisterGetClass(operand->reg.value) == ZYDIS_REGCLASS_MASK;
}

static void sort_operands(struct operands *o)
{
	unsigned int i;

	o->nr_memory = 0;
	o->nr_registers = 0;
	o->immediate = NULL;
	for (i = 0; i < o->z.operand_count; i++) {
		const ZydisDecodedOperand *operand = &o->all[i];

		if (!counts(o, operand))
			continue;
		if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY)
			o->memory[o->nr_memory++] = operand;
		else if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER && !is_mask(operand))
			o->registers[o->nr_registers++] = operand;
		else if (operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
			o->immediate = operand;
	}
}

/* As our decoder numbers them; AH to BH are 0x100 and up. */
static unsigned int register_number(ZydisRegister reg)
{
	unsigned int id = ZydisRegisterGetId(reg);

	switch (ZydisRegisterGetClass(reg)) {
	case ZYDIS_REGCLASS_GPR8:
		if (id < 4)
			return id;
		return id < 8 ? 0x100 + id - 4 : id - 4;
	case ZYDIS_REGCLASS_MMX:
		return AXVM_X86_MMX + id;
	case ZYDIS_REGCLASS_IP:
		return AXVM_X86_BASE_RIP;
	case ZYDIS_REGCLASS_INVALID:
		return AXVM_X86_NO_REG;
	default:
		return id;
	}
}

static bool is_vector(const struct axvm_x86_insn *insn)
{
	return insn->op >= AXVM_X86_OP_VECTOR;
}

static unsigned int our_register(const struct axvm_x86_insn *insn)
{
	return insn->flags & AXVM_X86_INSN_HIGH_BYTE ? 0x100 + insn->reg : insn->reg;
}

static bool has(const struct axvm_x86_insn *insn, u16 flag)
{
	return insn->flags & flag;
}

/* MOVS: the source's segment is the one that a prefix changes, and the destination comes first. */
static const ZydisDecodedOperand *prefixed_memory(const struct axvm_x86_insn *insn,
						  const struct operands *o)
{
	return insn->op == AXVM_X86_OP_MOVS ? o->memory[1] : o->memory[0];
}

/*
 * Zydis 4.0 takes SIB without a base for one with R13 if there are REX.B and an
 * address-size prefix. That it is not one is seen in native.c.
 */
static bool is_r13_mistake(const struct axvm_x86_insn *insn, const struct operands *o)
{
	return insn->base == AXVM_X86_NO_REG && o->z.raw.modrm.mod == 0 &&
	       o->memory[0]->mem.base == ZYDIS_REGISTER_R13D;
}

static const char *compare_address(const struct axvm_x86_insn *insn, const struct operands *o)
{
	const ZydisDecodedOperandMem *mem = &prefixed_memory(insn, o)->mem;
	u64 mask = insn->address_size == 8 ? -1ULL : (1ULL << (insn->address_size * 8)) - 1;

	if (insn->address_size * 8 != o->z.address_width)
		return "address size";
	if (insn->segment != ZydisRegisterGetId(mem->segment))
		return "segment";
	if (has(insn, AXVM_X86_INSN_STRING))
		return NULL;
	if (is_r13_mistake(insn, o))
		return NULL;
	if (insn->base != register_number(mem->base))
		return "base";
	if (insn->index != register_number(mem->index))
		return "index";
	if (insn->index != AXVM_X86_NO_REG && 1 << insn->scale != (mem->scale ?: 1))
		return "scale";
	if ((insn->displacement ^ (mem->disp.has_displacement ? mem->disp.value : 0)) & mask)
		return "displacement";
	return NULL;
}

static const char *compare_access(const struct axvm_x86_insn *insn, const struct operands *o)
{
	bool read = false, write = false;
	unsigned int i;

	for (i = 0; i < o->nr_memory; i++) {
		read |= !!(o->memory[i]->actions & ZYDIS_OPERAND_ACTION_MASK_READ);
		write |= !!(o->memory[i]->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE);
		if (insn->width * 8 != o->memory[i]->size)
			return "width";
	}
	if (has(insn, AXVM_X86_INSN_READ) != read || has(insn, AXVM_X86_INSN_WRITE) != write)
		return "direction";
	return NULL;
}

/* A register that is compared with memory is the first operand if it is to be subtracted from. */
static const char *compare_registers(const struct axvm_x86_insn *insn, const struct operands *o)
{
	const ZydisDecodedOperand *reg = o->registers[0];

	if (has(insn, AXVM_X86_INSN_STRING))
		return NULL;
	if (has(insn, AXVM_X86_INSN_REG) != !!o->nr_registers)
		return "having a register";
	if (!o->nr_registers)
		return NULL;
	if (our_register(insn) != register_number(reg->reg.value))
		return "register";
	if (has(insn, AXVM_X86_INSN_TO_REG) != !reg->id)
		return "first operand";
	if (o->nr_registers > 1 && insn->source != register_number(o->registers[1]->reg.value))
		return "second source";
	return NULL;
}

/* The instruction's own is the effective one, even where there are no such operands. */
static unsigned int operand_bits(const struct operands *o)
{
	if (is_string(family(&o->z)))
		return o->memory[0]->size;
	if (o->nr_registers && o->registers[0]->visibility == ZYDIS_OPERAND_VISIBILITY_EXPLICIT)
		return o->registers[0]->size;
	return o->z.operand_width;
}

static const char *compare_operand_size(const struct axvm_x86_insn *insn,
					const struct operands *o)
{
	if (is_vector(insn) || insn->op == AXVM_X86_OP_CMPXCHG_PAIR ||
	    insn->op == AXVM_X86_OP_MOV_SEG)
		return NULL;
	if (insn->operand_size * 8 != operand_bits(o))
		return "operand size";
	return NULL;
}

static const char *compare_immediate(const struct axvm_x86_insn *insn, const struct operands *o)
{
	u64 mask = insn->operand_size == 8 ? -1ULL : (1ULL << (insn->operand_size * 8)) - 1;

	if (has(insn, AXVM_X86_INSN_IMM) != !!o->immediate)
		return "having an immediate";
	if (!o->immediate)
		return NULL;
	if (o->immediate->size == 8)
		mask = 0xff;
	if ((insn->immediate ^ o->immediate->imm.value.u) & mask)
		return "immediate";
	return NULL;
}

static const char *compare_prefixes(const struct axvm_x86_insn *insn, const struct operands *o)
{
	const ZydisInstructionAttributes repeat = ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE;

	if (has(insn, AXVM_X86_INSN_LOCK) != !!(o->z.attributes & ZYDIS_ATTRIB_HAS_LOCK))
		return "LOCK";
	if (!has(insn, AXVM_X86_INSN_STRING))
		return NULL;
	if (has(insn, AXVM_X86_INSN_REP) != !!(o->z.attributes & repeat))
		return "REP";
	return NULL;
}

static const char *compare_all(const struct axvm_x86_insn *insn, const struct operands *o)
{
	const char *what;

	if (!o->nr_memory)
		return "an operand in memory";
	if (insn->length != o->z.length)
		return "length";
	if (!same_op(insn, &o->z))
		return "operation";
	what = compare_address(insn, o);
	if (what || insn->op == AXVM_X86_OP_NONE)
		return what;
	what = compare_access(insn, o);
	what = what ?: compare_registers(insn, o);
	what = what ?: compare_operand_size(insn, o);
	what = what ?: compare_immediate(insn, o);
	return what ?: compare_prefixes(insn, o);
}

static bool differ(enum axvm_x86_mode mode, const u8 *bytes, const struct operands *o,
		   const char *what)
{
	static const unsigned int bits[] = { 16, 32, 64 };
	static unsigned int times;
	unsigned int i;

	if (times++ > 40)
		return false;
	printf("# %u-bit,", bits[mode]);
	for (i = 0; i < AXVM_X86_INSN_MAX; i++)
		printf(" %02x", bytes[i]);
	printf(": %s (%s)\n", what, o ? ZydisMnemonicGetString(o->z.mnemonic) : "invalid");
	return false;
}

/*
 * Refused on purpose: moves with a mask; MOVSXD into 16 bits, since vendors differ in
 * what that reads; and MVEX, which only a coprocessor ever had.
 */
static bool excepted(const struct operands *o)
{
	if (o->z.encoding == ZYDIS_INSTRUCTION_ENCODING_MVEX)
		return true;
	if (o->z.encoding == ZYDIS_INSTRUCTION_ENCODING_EVEX)
		return o->z.avx.mask.reg != ZYDIS_REGISTER_NONE &&
		       o->z.avx.mask.reg != ZYDIS_REGISTER_K0;
	return o->z.mnemonic == ZYDIS_MNEMONIC_MOVSXD && o->z.operand_width == 16;
}

static bool compare_refused(enum axvm_x86_mode mode, const u8 *bytes, const struct operands *o,
			    struct comparison *comparison)
{
	if (!o->nr_memory)
		return true;
	if (!excepted(o))
		return differ(mode, bytes, o, "refused");
	comparison->excepted++;
	return true;
}

/* ---- our decoder by itself ---- */

/* An instruction that is cut off is one that needs more bytes, and one that is whole does not. */
static const char *compare_cut(const struct axvm_x86_insn *insn, const u8 *bytes)
{
	struct axvm_x86_insn again;
	unsigned int nr;

	if (axvm_x86_decode(bytes, insn->length, insn->mode, &again) != AXVM_X86_DECODED ||
	    memcmp(&again, insn, sizeof(again)))
		return "itself, without what follows it";
	for (nr = 0; nr < insn->length; nr++)
		if (axvm_x86_decode(bytes, nr, insn->mode, &again) != AXVM_X86_DECODED_SHORT)
			return "itself, cut off";
	return NULL;
}

/* What the quick decoder promises to take, seen from the bytes. */
static bool is_for_quick(const struct axvm_x86_insn *insn, const u8 *bytes)
{
	if (*bytes == 0x66)
		bytes++;
	if ((*bytes & 0xf0) == 0x40)
		bytes++;
	if (insn->op != AXVM_X86_OP_MOV || has(insn, AXVM_X86_INSN_HIGH_BYTE))
		return false;
	return (*bytes & 0xfc) == 0x88 || (*bytes & 0xfe) == 0xc6 ||
	       (*bytes == 0x0f && (bytes[1] & 0xf6) == 0xb6);
}

static bool same_mov(const struct axvm_x86_insn *insn, const struct axvm_x86_mov *mov)
{
	if (mov->write != has(insn, AXVM_X86_INSN_WRITE) ||
	    mov->immediate != has(insn, AXVM_X86_INSN_IMM) || mov->width != insn->width ||
	    mov->length != insn->length || mov->sign_extend != has(insn, AXVM_X86_INSN_SIGN))
		return false;
	if (mov->immediate)
		return mov->value == insn->immediate;
	return mov->reg == insn->reg && mov->reg_width == insn->operand_size;
}

static const char *compare_quick(const struct axvm_x86_insn *insn, const u8 *bytes,
				 struct comparison *comparison)
{
	u8 room[AXVM_X86_INSN_ROOM] = {};
	struct axvm_x86_mov mov;

	if (insn->mode != AXVM_X86_MODE_64)
		return NULL;
	memcpy(room, bytes, AXVM_X86_INSN_MAX);
	if (!is_for_quick(insn, bytes))
		return axvm_x86_decode_mov(room, AXVM_X86_INSN_MAX, &mov) ? "quick" : NULL;
	comparison->quick++;
	if (!axvm_x86_decode_mov(room, AXVM_X86_INSN_MAX, &mov) || !same_mov(insn, &mov))
		return "quick";
	if (axvm_x86_decode_mov(room, insn->length - 1, &mov))
		return "quick, cut off";
	return NULL;
}

static const char *compare_refused_by_quick(enum axvm_x86_mode mode, const u8 *bytes)
{
	u8 room[AXVM_X86_INSN_ROOM] = {};
	struct axvm_x86_mov mov;

	memcpy(room, bytes, AXVM_X86_INSN_MAX);
	return mode == AXVM_X86_MODE_64 && axvm_x86_decode_mov(room, AXVM_X86_INSN_MAX, &mov) ?
	       "accepted by quick" : NULL;
}

bool zydis_compare(enum axvm_x86_mode mode, const u8 *bytes, struct comparison *comparison)
{
	const ZydisDecoder *decoder = &decoders[mode];
	ZydisDecoderContext context;
	struct axvm_x86_insn insn;
	struct operands o;
	const char *what;
	bool is_accepted;

	comparison->compared++;
	is_accepted = axvm_x86_decode(bytes, AXVM_X86_INSN_MAX, mode, &insn) == AXVM_X86_DECODED;
	what = is_accepted ? NULL : compare_refused_by_quick(mode, bytes);
	if (what)
		return differ(mode, bytes, NULL, what);
	if (ZYAN_FAILED(ZydisDecoderDecodeInstruction(decoder, &context, bytes,
						      AXVM_X86_INSN_MAX, &o.z)))
		return !is_accepted || differ(mode, bytes, NULL, "accepted");
	if (!is_accepted && !family(&o.z))
		return true;
	if (ZYAN_FAILED(ZydisDecoderDecodeOperands(decoder, &context, &o.z, o.all,
						   o.z.operand_count)))
		return differ(mode, bytes, &o, "no operands");
	sort_operands(&o);
	if (!is_accepted)
		return compare_refused(mode, bytes, &o, comparison);
	comparison->accepted++;
	comparison->by_op[insn.op]++;
	what = compare_all(&insn, &o);
	what = what ?: compare_quick(&insn, bytes, comparison);
	/* It takes longer than all the rest. */
	if (!what && !(comparison->accepted & 15))
		what = compare_cut(&insn, bytes);
	return !what || differ(mode, bytes, &o, what);
}
