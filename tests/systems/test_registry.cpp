#include "pianola/systems/registry.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "pianola/base/error.hpp"
#include "systems/conformance.hpp"

namespace pianola {
namespace {

/// What `make` throws, as text; fails the test if it throws nothing of that type.
std::string usage_error(const std::string& spec) {
  try {
    static_cast<void>(make_system(spec));
  } catch (const UsageError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no UsageError for " << spec;
  return "";
}

TEST(SystemRegistry, NamesAreUniqueAndDescribed) {
  std::set<std::string> names;
  for (const SystemEntry& entry : systems()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.summary.empty()) << entry.name;
    for (const OptionHelp& option : entry.options)
      EXPECT_FALSE(option.help.empty()) << entry.name << ":" << option.name;
  }
  for (const char* name : {"scalar_linear", "linear", "trap", "tabular_mdp", "pendulum", "cart_pole",
                           "two_link_reacher", "mujoco", "gymnasium"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

TEST(SystemRegistry, EverySystemThatNeedsNoOptionsConforms) {
  // Their own tests check them: on real models, and with finitely many states to start in.
  const std::set<std::string> needs_options{"mujoco", "gymnasium", "tabular_mdp"};
  for (const SystemEntry& entry : systems()) {
    if (!entry.unavailable.empty() || needs_options.contains(entry.name)) continue;
    conformance::check_system_conformance(*make_system(entry.name));
  }
}

TEST(SystemRegistry, UnknownNameSuggestsTheNearest) {
  const std::string message = usage_error("pendulm");
  EXPECT_NE(message.find("no system named 'pendulm'"), std::string::npos) << message;
  EXPECT_NE(message.find("did you mean 'pendulum'"), std::string::npos) << message;
}

TEST(SystemRegistry, UnknownOptionSuggestsTheNearest) {
  const std::string message = usage_error("scalar_linear:nois=0.1");
  EXPECT_NE(message.find("did you mean 'noise'"), std::string::npos) << message;
  EXPECT_NE(message.find("scalar_linear"), std::string::npos) << message;
}

TEST(SystemRegistry, ASystemThatTheBuildLacksSaysWhy) {
  for (const SystemEntry& entry : systems()) {
    if (entry.unavailable.empty()) continue;
    EXPECT_NE(usage_error(entry.name).find(entry.unavailable), std::string::npos);
  }
}

}  // namespace
}  // namespace pianola
