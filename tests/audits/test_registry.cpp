#include <gtest/gtest.h>

#include <set>

#include "pianola/audits/audit.hpp"

namespace pianola {
namespace {

TEST(Audits, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const AuditEntry& entry : audits()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.title.empty());
    EXPECT_NE(entry.run, nullptr);
  }
  EXPECT_TRUE(names.contains("quantization"));
}

}  // namespace
}  // namespace pianola
