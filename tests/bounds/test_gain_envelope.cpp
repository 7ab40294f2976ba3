#include "pianola/bounds/gain_envelope.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pianola/base/error.hpp"
#include "property.hpp"

namespace pianola {
namespace {

TEST(GainEnvelope, AGeometricSequenceIsItsOwn) {
  for (const double eta : {0.2, 0.9, 0.999, 1.05}) {
    std::vector<double> gains;
    for (int j = 0; j < 100; ++j) gains.push_back(3.0 * std::pow(eta, j));
    const GainEnvelope fit = fit_gain_envelope(gains, 0.0);
    EXPECT_NEAR(fit.c, 3.0, 1e-6);
    EXPECT_NEAR(fit.eta, eta, 1e-6);
  }
}

TEST(GainEnvelope, TheLeastConstantThatCovers) {
  const std::vector<double> gains{4.0, 2.0, 3.0, 0.0};
  EXPECT_NEAR(covering_constant(gains, 0.5), 12.0, 1e-12) << "3 = 12 · 0.5²";
  EXPECT_NEAR(covering_constant(gains, 1.0), 4.0, 1e-12);
  EXPECT_EQ(covering_constant(std::vector<double>{0.0, 0.0}, 0.5), 0.0);
  EXPECT_THROW((void)covering_constant(std::vector<double>{-1.0}, 0.5), UsageError);
}

TEST(GainEnvelope, CoversAndNoOtherEnvelopeIsSmaller) {
  test::property([] {
    std::vector<double> gains;
    const auto n = *rc::gen::inRange<std::size_t>(1, 30);
    for (std::size_t j = 0; j < n; ++j) gains.push_back(*rc::gen::element(0.0, 1e-3, 0.1, 0.5, 0.9, 1.0, 2.5));
    gains[0] = *rc::gen::element(1e-3, 1.0);
    const GainEnvelope fit = fit_gain_envelope(gains);
    for (std::size_t j = 0; j < n; ++j) {
      RC_ASSERT(fit.c * std::pow(fit.eta, static_cast<double>(j)) >= gains[j] * (1.0 - 1e-9));
    }
    for (double eta = 0.01; eta < 6.0; eta *= 1.03) {
      double c = 0.0, sum = 0.0;
      for (std::size_t j = 0; j < n; ++j) c = std::max(c, gains[j] * std::pow(eta, -static_cast<double>(j)));
      for (std::size_t j = 0; j < n; ++j) sum += c * std::pow(eta, static_cast<double>(j));
      RC_ASSERT(fit.sum <= sum * (1.0 + 1e-6));
    }
  });
}

TEST(GainEnvelope, ADelayDoesNotSendItToInfinity) {
  const std::vector<double> gains{0.0, 0.0, 1.0, 0.5, 0.25};
  const GainEnvelope fit = fit_gain_envelope(gains);
  EXPECT_LE(fit.eta, 1.0 + 1e-6);
  for (std::size_t j = 0; j < gains.size(); ++j) {
    EXPECT_GE(fit.c * std::pow(fit.eta, static_cast<double>(j)), gains[j] * (1.0 - 1e-9));
  }
}

TEST(GainEnvelope, NoiseDoesNotDecide) {
  const std::vector<double> gains{1.0, 0.5, 0.25, 1e-12, 1e-12, 1e-12};
  EXPECT_NEAR(fit_gain_envelope(gains).eta, 0.5, 1e-6);
  EXPECT_GT(fit_gain_envelope(gains, 0.0).sum, fit_gain_envelope(gains).sum);
  EXPECT_EQ(fit_gain_envelope(std::vector<double>(5, 0.0)).sum, 0.0);
  EXPECT_EQ(fit_gain_envelope({}).c, 0.0);
  EXPECT_THROW((void)fit_gain_envelope(std::vector<double>{1.0, -1.0}), UsageError);
  EXPECT_THROW((void)fit_gain_envelope(std::vector<double>{NAN}), UsageError);
}

// x' = a·x + u: the response to one action is a^j, and the convolution is the simulation itself.
TEST(GainEnvelope, ConvolutionIsTheLinearSystem) {
  const double a = 0.8;
  const std::vector<double> errors{0.5, 0.0, 0.25, 1.0, 0.0, 0.125};
  std::vector<double> gains, by_gains(errors.size()), by_envelope(errors.size());
  for (std::size_t j = 0; j + 1 < errors.size(); ++j) gains.push_back(std::pow(a, static_cast<double>(j)));
  convolve_gains(gains, errors, by_gains);
  convolve_envelope(1.0, a, errors, by_envelope);
  double x = 0.0;
  for (std::size_t h = 0; h < errors.size(); ++h) {
    EXPECT_NEAR(by_gains[h], x, 1e-15);
    EXPECT_NEAR(by_envelope[h], x, 1e-15);
    x = a * x + errors[h];
  }
  EXPECT_THROW(convolve_gains(std::vector<double>(3), errors, by_gains), UsageError);
  EXPECT_THROW(convolve_envelope(1.0, a, errors, std::span(by_gains).first(2)), UsageError);
}

TEST(GainEnvelope, HorizonFreeChunk) {
  for (const double eta : {0.5, 0.9, 0.99}) {
    const std::size_t chunk = horizon_free_chunk(3.0, eta, 2.0);
    EXPECT_LE(2.0 * 3.0 * std::pow(eta, static_cast<double>(chunk)), 0.5 + 1e-9);
    EXPECT_GT(2.0 * 3.0 * std::pow(eta, static_cast<double>(chunk - 1)), 0.5);
  }
  EXPECT_EQ(horizon_free_chunk(3.0, 1.0, 2.0), 0U);
  EXPECT_EQ(horizon_free_chunk(0.1, 0.9, 1.0), 1U);
}

}  // namespace
}  // namespace pianola
