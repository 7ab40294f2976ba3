#include <array>

#include "pianola/audits/audit.hpp"

namespace pianola {

AuditEntry audit_entry_quantization();
AuditEntry audit_entry_stability();

std::span<const AuditEntry> audits() {
  static const std::array entries{audit_entry_quantization(), audit_entry_stability()};
  return entries;
}

}  // namespace pianola
