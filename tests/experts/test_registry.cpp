#include <gtest/gtest.h>

#include <set>
#include <string>

#include "experts/conformance.hpp"
#include "experts/plain_system.hpp"
#include "pianola/base/error.hpp"
#include "pianola/experts/expert.hpp"

namespace pianola {
namespace {

std::string usage_error(const std::string& spec, const std::shared_ptr<const System>& system) {
  try {
    static_cast<void>(make_expert(spec, system));
  } catch (const UsageError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no UsageError for " << spec;
  return "";
}

TEST(ExpertRegistry, NamesAreUniqueAndDescribed) {
  std::set<std::string> names;
  for (const ExpertEntry& entry : experts()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.summary.empty()) << entry.name;
    for (const OptionHelp& option : entry.options)
      EXPECT_FALSE(option.help.empty()) << entry.name << ":" << option.name;
  }
  for (const char* name : {"lqr", "mlp", "arctan", "scripted", "swing_up", "reach"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST(ExpertRegistry, EverySystemsOwnExpertConforms) {
  for (const SystemEntry& entry : systems()) {
    if (!entry.unavailable.empty() || entry.name == "mujoco" || entry.name == "gymnasium") continue;
    const auto system = make_system(entry.name);
    ASSERT_FALSE(system->info().default_expert.empty()) << entry.name;
    EXPECT_EQ(make_expert("", system)->info().spec, make_expert(system->info().default_expert, system)->info().spec);
    conformance::check_expert_conformance(system->info().default_expert, system);
  }
}

TEST(ExpertRegistry, UnknownNameSuggestsTheNearest) {
  const std::string message = usage_error("arctn", make_system("trap"));
  EXPECT_NE(message.find("no expert named 'arctn'; did you mean 'arctan'"), std::string::npos) << message;
}

TEST(ExpertRegistry, UnknownOptionIsRefused) {
  EXPECT_NE(usage_error("lqr:qq=1", make_system("linear")).find("'qq'"), std::string::npos);
  EXPECT_NE(usage_error("arctan:x=1", make_system("trap")).find("expert 'arctan'"), std::string::npos);
}

TEST(ExpertRegistry, ASystemWithoutExpertSaysSo) {
  const std::string message = usage_error("", std::make_shared<PlainSystem>(2, 1));
  EXPECT_NE(message.find("has no expert of its own"), std::string::npos) << message;
  EXPECT_NE(message.find("--expert"), std::string::npos) << message;
}

TEST(ExpertRegistry, NoSystemIsAnError) { EXPECT_NE(usage_error("lqr", nullptr).find("--system"), std::string::npos); }

}  // namespace
}  // namespace pianola
