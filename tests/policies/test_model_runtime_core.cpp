// The real-time model as a robot has it: no loader, GoogleTest alone. Also built and run for 64-bit Arm.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>

#include "hand_made_model.hpp"
#include "pianola/policies/model_runtime.hpp"

namespace pianola {
namespace {

using testing_runtime::Block;
using testing_runtime::HandMadeModel;

struct Bound {
  explicit Bound(const HandMadeModel& from)
      : image(from.image()),
        memory(ModelRuntime::required_bytes(image.span())),
        status(ModelRuntime::bind(image.span(), memory.span(), model)) {}
  Block image, memory;
  ModelRuntime model;
  Status status;
};

using State = std::array<double, HandMadeModel::kObservation>;

/// The increment that one Gaussian's mean is, slowly.
State increment(const HandMadeModel::Numbers& member, const State& state, double action) {
  const std::array<double, HandMadeModel::kInputs> seen{std::cos(state[0]), state[1], state[2], std::sin(state[0]),
                                                        action};
  State out{};
  for (std::size_t d = 0; d < out.size(); ++d) {
    double mode = member.bias[d];
    for (std::size_t i = 0; i < seen.size(); ++i) {
      mode += double{member.weight[d * seen.size() + i]} * (seen[i] - double{member.mean[i]}) *
              double{member.inverse_std[i]};
    }
    out[d] = double{member.shift[d]} + double{member.scale[d]} * mode;
  }
  return out;
}

/// Moves the state by the mean over the members; returns how far they are apart, by definition.
double step(const HandMadeModel& from, State& state, double action) {
  std::vector<State> steps;
  for (const auto& member : from.members) steps.push_back(increment(member, state, action));
  const State widths{6.4, 40.0, 40.0};
  const auto count = static_cast<double>(steps.size());
  double sum = 0.0;
  for (std::size_t d = 0; d < state.size(); ++d) {
    double mean = 0.0, square = 0.0;
    for (const State& one : steps) mean += one[d] / count;
    for (const State& one : steps) square += (one[d] - mean) * (one[d] - mean);
    if (steps.size() > 1) sum += square / (count - 1.0) / (widths[d] * widths[d]);
    state[d] += mean;
  }
  state[0] = std::remainder(state[0], 2.0 * std::numbers::pi);
  return std::sqrt(sum / static_cast<double>(state.size()));
}

TEST(ModelRuntimeCore, StepsByTheMeanOfItsMembers) {
  for (const std::size_t members : {1U, 4U}) {
    const HandMadeModel from(members, 1);
    Bound bound(from);
    ASSERT_EQ(bound.status, Status::ok);
    EXPECT_EQ(bound.model.members(), members);
    State state{3.0, 0.5, -0.5};
    ASSERT_EQ(bound.model.start(std::vector<float>{3.0F, 0.5F, -0.5F}), Status::ok);
    for (int i = 0; i < 6; ++i) {
      const float action = 0.25F * static_cast<float>(i);
      const double apart = step(from, state, static_cast<double>(action));
      ASSERT_EQ(bound.model.step(std::vector<float>{action}), Status::ok) << i;
      for (std::size_t d = 0; d < state.size(); ++d) {
        EXPECT_NEAR(static_cast<double>(bound.model.state()[d]), state[d], 1e-4) << members << " " << i << " " << d;
      }
      EXPECT_NEAR(bound.model.disagreement(), apart, 1e-6) << members << " " << i;
    }
    EXPECT_EQ(bound.model.disagreement() > 0.0, members > 1);
  }
}

TEST(ModelRuntimeCore, MixturesAreStepped) {
  Bound bound(HandMadeModel(3, 2));
  ASSERT_EQ(bound.status, Status::ok);
  const std::vector<float> start{0.0F, 0.0F, 0.0F};
  ASSERT_EQ(bound.model.start(start), Status::ok);
  ASSERT_EQ(bound.model.step(std::vector<float>{0.5F}), Status::ok);
  EXPECT_GT(bound.model.distance(start), 0.0);
  EXPECT_GT(bound.model.disagreement(), 0.0);
}

}  // namespace
}  // namespace pianola
