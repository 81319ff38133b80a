#include "axvm_riscv_arch.h"
static enum axvm_next h(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result){result->error=-2;return 0;}
const struct axvm_riscv_sbi_extension axvm_riscv_sbi_pmu={.handle=h,.policy=7};
int axvm_riscv_pmu_check_event(u64 event){return 0;}
void axvm_riscv_pmu_reset(struct axvm_vcpu *vcpu){}
void axvm_riscv_pmu_raise(struct axvm_vcpu *vcpu, unsigned int event){}
