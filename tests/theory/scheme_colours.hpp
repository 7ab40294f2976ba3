// One colour for each scheme on every chart of a page: the domain of each colour scale that names schemes.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pianola/theory/compared_schemes.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola::test {

/// Of all colour scales in a chart that have one.
inline void collect_colour_domains(const nlohmann::ordered_json& part, std::vector<nlohmann::ordered_json>& domains) {
  if (!part.is_structured()) return;
  if (part.is_object() && part.contains("color") && part["color"].is_object() && part["color"].contains("scale") &&
      part["color"]["scale"].contains("domain")) {
    domains.push_back(part["color"]["scale"]["domain"]);
  }
  for (const auto& item : part) collect_colour_domains(item, domains);
}

inline void expect_one_colour_a_scheme(const ExperimentResult& result) {
  std::size_t charts = 0;
  for (const Picture& picture : result.pictures) {
    const std::string text = picture.chart.dump();
    const bool of_schemes = std::ranges::any_of(scheme_series(), [&](const std::string& name) {
      return text.find("\"series\":\"" + name + "\"") != std::string::npos;
    });
    if (!of_schemes) continue;
    ++charts;
    std::vector<nlohmann::ordered_json> domains;
    collect_colour_domains(picture.chart, domains);
    EXPECT_FALSE(domains.empty()) << picture.chart["title"] << " leaves colours to the order of its own data";
    for (const auto& domain : domains)
      EXPECT_EQ(domain, nlohmann::ordered_json(scheme_series())) << picture.chart["title"];
  }
  EXPECT_GT(charts, 0U);
}

}  // namespace pianola::test
