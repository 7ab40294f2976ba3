#include <array>

#include "pianola/audits/audit.hpp"

namespace pianola {

AuditEntry audit_entry_quantization();
AuditEntry audit_entry_stability();
AuditEntry audit_entry_smoothness();
AuditEntry audit_entry_decomposition();
AuditEntry audit_entry_checkpoints();
AuditEntry audit_entry_resync();
AuditEntry audit_entry_certificates();

std::span<const AuditEntry> audits() {
  static const std::array entries{audit_entry_quantization(),  audit_entry_stability(),   audit_entry_smoothness(),
                                  audit_entry_decomposition(), audit_entry_checkpoints(), audit_entry_resync(),
                                  audit_entry_certificates()};
  return entries;
}

}  // namespace pianola
