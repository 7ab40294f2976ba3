#include "pianola/bounds/bound_forms.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

std::set<std::string> input_names() {
  std::set<std::string> names;
  BoundInputs inputs;
  inputs.visit([&](const char* name, auto&, const char*) { names.insert(name); });
  return names;
}

std::vector<double> values(const EvaluatedBound& bound) {
  std::vector<double> all;
  for (const BoundTerm& term : bound.terms) all.push_back(term.value);
  return all;
}

BoundInputs defaults() {
  BoundInputs inputs;
  inputs.eigenvalues = "2,0.5";
  return inputs;
}

TEST(BoundForms, NameOnlyInputsThatExist) {
  const auto known = input_names();
  std::set<std::string> used;
  for (const BoundForm& form : bound_forms()) {
    for (const std::string& input : form.inputs) {
      EXPECT_TRUE(known.contains(input)) << form.name << ": " << input;
      used.insert(input);
    }
  }
  EXPECT_EQ(used, known) << "an input that no form reads";
}

/// A form depends on the inputs that it names and on no other.
TEST(BoundForms, ReadWhatTheyName) {
  for (const BoundForm& form : bound_forms()) {
    BoundInputs inputs = defaults();
    inputs.disagreement = 1e-4;
    inputs.model_error = 1e-4;
    inputs.state_error = 1e-4;
    inputs.outside = 1e-4;
    if (form.name == "small_gain") {
      inputs.eta = 0.4;
      inputs.policy_lipschitz = 0.2;
    }
    inputs.gap = 0.01;
    inputs.jump = 0.4;
    inputs.kappa = form.name == "feedback" || form.name == "augmented_smooth" ? 0.01 : 0.0;
    const std::vector<double> before = values(evaluate_bound(form, inputs));
    const auto names = input_names();
    BoundInputs changed = inputs;
    for (const std::string& name : names) {
      changed = inputs;
      changed.visit([&](const char* which, auto& value, const char*) {
        if (which != name) return;
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
          value = "4";
        } else {
          value = name == "jump" ? 0.2 : name == "eta" ? 0.5 * value : value * 2.0;
        }
      });
      const bool reads = std::ranges::find(form.inputs, name) != form.inputs.end();
      const bool differs = values(evaluate_bound(form, changed)) != before;
      if (!reads) {
        EXPECT_FALSE(differs) << form.name << " reads " << name;
      } else if (name != "jump" && !(name == "gap" && form.name == "8")) {
        EXPECT_TRUE(differs) << form.name << " ignores " << name;
      }
    }
  }
}

TEST(BoundForms, Values) {
  BoundInputs inputs = defaults();
  inputs.horizon = 10;
  EXPECT_DOUBLE_EQ(evaluate_bound(find_bound_form("2"), inputs).total,
                   10.0 * std::sqrt(std::log(100.0 / 0.05) / 100.0) + 100.0 * 0.01);
  EXPECT_DOUBLE_EQ(evaluate_bound(find_bound_form("unstable"), inputs).total, 1.0);
  EXPECT_DOUBLE_EQ(evaluate_bound(find_bound_form("closed_loop"), inputs).total, 10.0 * (0.1 + 0.01 + 0.1));
  inputs.eta = 1.0;
  EXPECT_DOUBLE_EQ(evaluate_bound(find_bound_form("closed_loop"), inputs).total, 10.0);
}

TEST(BoundForms, LowerBoundsAreNotAddedUp) {
  const EvaluatedBound bound = evaluate_bound(find_bound_form("8"), defaults());
  EXPECT_DOUBLE_EQ(bound.total, 0.5 * (bound.terms[0].value + bound.terms[1].value));
  EXPECT_LE(bound.total, std::max(bound.terms[0].value, bound.terms[1].value));
}

TEST(BoundForms, WhatSaysNothingIsCalledVacuous) {
  BoundInputs inputs = defaults();
  EXPECT_FALSE(evaluate_bound(find_bound_form("7"), inputs).vacuous);
  inputs.eta = 1.1;
  const EvaluatedBound grows = evaluate_bound(find_bound_form("feedback"), inputs);
  EXPECT_TRUE(grows.vacuous);
  ASSERT_EQ(grows.remarks.size(), 2U);
  EXPECT_NE(grows.remarks[0].find("not P-EIISS"), std::string::npos);
  inputs.eigenvalues = "1e60";  // 199 bits a step
  for (const char* lower : {"8", "9", "unstable"}) {
    EXPECT_FALSE(evaluate_bound(find_bound_form(lower), inputs).vacuous) << lower;
  }
  for (const BoundForm& form : bound_forms()) {
    EXPECT_EQ(form.side == BoundSide::upper, form.total_name.starts_with("regret at most")) << form.name;
  }
}

TEST(BoundForms, SmallGainIsTheFeedbackFormWithATolerance) {
  BoundInputs inputs = defaults();
  inputs.horizon = 1;
  inputs.c = 0.5;
  inputs.eta = 0.5;
  inputs.policy_lipschitz = 0.5;  // g·L = ½, k = 5
  EXPECT_DOUBLE_EQ(evaluate_bound(find_bound_form("small_gain"), inputs).total, 0.01 + 5 * 0.01);
  inputs.outside = 0.25;
  EXPECT_DOUBLE_EQ(evaluate_bound(find_bound_form("small_gain"), inputs).total, 0.06 + 0.25);
  inputs.policy_lipschitz = 1.0;
  EXPECT_THROW((void)evaluate_bound(find_bound_form("small_gain"), inputs), UsageError);
}

TEST(BoundForms, BadInputsAreNamed) {
  EXPECT_THROW((void)find_bound_form("fedback"), UsageError);
  BoundInputs bad = defaults();
  bad.horizon = 2.5;
  EXPECT_THROW((void)evaluate_bound(find_bound_form("feedback"), bad), UsageError);
  bad = defaults();
  bad.policies = 0.5;
  EXPECT_THROW((void)evaluate_bound(find_bound_form("2"), bad), UsageError);
  bad = defaults();
  bad.eigenvalues = "1.5;2";
  EXPECT_THROW((void)evaluate_bound(find_bound_form("unstable"), bad), UsageError);
  bad.eigenvalues = "";
  EXPECT_THROW((void)evaluate_bound(find_bound_form("unstable"), bad), UsageError);
}

}  // namespace
}  // namespace pianola
