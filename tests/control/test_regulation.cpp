#include "pianola/control/regulation.hpp"

#include <gtest/gtest.h>

#include <string>

#include "pianola/control/deployment.hpp"

namespace pianola {
namespace {

std::string problem(const std::string& system, const std::string& expert = "") {
  DeploymentRequest request;
  request.system = system, request.expert = expert;
  std::string noted;
  request.note = [&](const std::string& note) { noted += note; };
  const Deployment plant = make_plant(request);
  EXPECT_EQ(noted, unstable_regulation(*plant.system, *plant.expert)) << "the verbs' door passes it on";
  return noted;
}

TEST(Regulation, AWeakGainIsNamedWithItsEigenvalueAndWhatWouldDo) {
  const std::string text = problem("scalar_linear:a=1.5,gain=0.3");
  EXPECT_NE(text.find("eigenvalue 1.2,"), std::string::npos) << text;
  EXPECT_NE(text.find("leave out gain="), std::string::npos) << text;
  EXPECT_NE(text.find("a gain between 0.5 and 2.5"), std::string::npos) << text;
  EXPECT_NE(problem("scalar_linear:a=1.5,b=-2,gain=0.3").find("a gain between -1.25 and -0.25"), std::string::npos);
  EXPECT_NE(problem("scalar_linear:a=1.5,gain=0.5"), "") << "on the unit circle: what a plant that grows never leaves";
}

TEST(Regulation, SoAreSeveralAndComplexOnes) {
  const std::string two = problem("linear:a='1.2,0,0,1.1',b='1,0,0,1',gain='0.1,0,0,0'");
  EXPECT_NE(two.find("eigenvalue 1.1,"), std::string::npos) << "equal ones once: " << two;
  const std::string pair = problem("linear:a='1,-1,1,1',b='1,0,0,1',gain='0,0,0,0'");
  EXPECT_NE(pair.find("1 + 1i (modulus 1.41421)"), std::string::npos) << pair;
  EXPECT_NE(problem("linear:gain='0.1,-0.1'"), "") << "a double integrator that is pushed away";
  EXPECT_NE(problem("scalar_linear:a=0.9,gain=3").find("-2.1"), std::string::npos) << "a stable plant, destabilised";
}

TEST(Regulation, WhatIsHeldIsNoProblem) {
  for (const char* spec : {"scalar_linear:a=1.5", "scalar_linear:a=1.5,gain=0.51", "scalar_linear:a=1,gain=0", "linear",
                           "scalar_linear:a=0.9,gain=0", "pendulum"}) {
    EXPECT_EQ(problem(spec), "") << spec;
  }
  EXPECT_EQ(problem("scalar_linear:a=1.5,gain=0.3", "lqr:q=2"), "") << "an expert of its own weights holds it";
}

TEST(Regulation, TheClosedLoopIsTheDifference) {
  const LinearModel model{2, 1, {1, 2, 3, 4}, {5, 6}};
  const LinearModel closed = closed_loop_model(model, std::vector<double>{0.5, 0.25});
  EXPECT_EQ(closed.a, (std::vector<double>{1 - 2.5, 2 - 1.25, 3 - 3.0, 4 - 1.5}));
  EXPECT_EQ(closed.b, model.b);
}

}  // namespace
}  // namespace pianola
