#include "pianola/control/auxiliary_model.hpp"

#include <gtest/gtest.h>

#include "control/augmented_demonstrations.hpp"

namespace pianola {
namespace {

using toys::plant_deployment;
using toys::usage_error;

TEST(AuxiliaryModel, TakesTheLearnedOneWhereThereIsOne) {
  Deployment plant = plant_deployment();
  EXPECT_EQ(auxiliary_model("test", {}, plant), plant.model);
  EXPECT_EQ(auxiliary_model("test", {.model = "exact"}, plant)->info().spec, "exact");
  EXPECT_TRUE(auxiliary_model("test", {.next = "mode"}, plant)->info().deterministic);
  plant.model = nullptr;
  EXPECT_EQ(auxiliary_model("test", {}, plant)->info().spec, "exact");
}

TEST(AuxiliaryModel, SaysWhatIsMissing) {
  Deployment plant = plant_deployment();
  const auto said = [&](const AuxiliaryModelConfig& config, const char* part) {
    const std::string message = usage_error([&] { auxiliary_model("test", config, plant); });
    EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_TRUE(message.starts_with("test")) << message;
  };
  plant.model = nullptr;
  said({.model = "learned"}, "--with-model");
  said({.next = "mode"}, "learned models");
  said({.tries = 0}, "tries");
  plant.expert = nullptr;
  said({}, "expert");
}

}  // namespace
}  // namespace pianola
