#include "pianola/report/chart_look.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFont = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
constexpr const char* kColours[] = {"#2a7ab9", "#d9601a", "#129272", "#b565a7", "#c98f00", "#4aa8dc", "#8a6d4b"};
constexpr const char* kShapes[] = {"circle",        "square",         "triangle-up",   "diamond",
                                   "triangle-down", "triangle-right", "triangle-left", "cross"};

}  // namespace

Json chart_look() {
  return {{"font", kFont},
          {"range", {{"category", kColours}, {"symbol", kShapes}}},
          {"view", {{"stroke", nullptr}}},
          {"axis",
           {{"labelFontSize", 12},
            {"titleFontSize", 12},
            {"titleFontWeight", "normal"},
            {"titlePadding", 8},
            {"labelPadding", 4},
            {"tickSize", 4},
            {"labelOverlap", true}}},
          {"axisX", {{"grid", false}, {"tickCount", 10}}},
          {"axisY", {{"tickCount", 6}, {"domain", false}, {"ticks", false}}},
          {"legend",
           {{"orient", "top"},
            {"labelFontSize", 12},
            {"titleFontSize", 12},
            {"titleFontWeight", "normal"},
            {"labelLimit", 520},
            {"symbolStrokeWidth", 2},
            {"symbolOpacity", 1}}},
          {"title",
           {{"anchor", "start"}, {"fontSize", 14}, {"fontWeight", 600}, {"subtitleFontSize", 12}, {"offset", 12}}}};
}

}  // namespace pianola
