#include "pianola/base/spec.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace pianola {
namespace {

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(",:'=") != std::string_view::npos;
}

std::string quoted(const std::string& value) {
  if (!needs_quotes(value)) return value;
  std::string out = "'";
  for (const char c : value) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

/// Splits at `separator` outside single quotes; the quotes stay.
std::vector<std::string> split_outside_quotes(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  bool open = false;
  for (const char c : text) {
    if (c == '\'') open = !open;
    if (c == separator && !open) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (open) throw UsageError("spec '" + std::string(text) + "': a single quote is open; close it");
  return parts;
}

/// The text without its quotes; '' between quotes stands for one.
std::string unquoted(const std::string& value) {
  std::string out;
  bool open = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\'') {
      out += value[i];
    } else if (open && i + 1 < value.size() && value[i + 1] == '\'') {
      out += value[i++];
    } else {
      open = !open;
    }
  }
  return out;
}

[[noreturn]] void bad_value(std::string_view who, std::string_view key, const std::string& text, const char* wanted) {
  throw UsageError(std::string(who) + ": option '" + std::string(key) + "' takes " + wanted + ", not '" + text + "'");
}

template <class T>
void parse_number(std::string_view who, std::string_view key, const std::string& text, T& out, const char* wanted) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  if (error != std::errc() || stop != end) bad_value(who, key, text, wanted);
}

}  // namespace

std::string Spec::text() const {
  std::string out = name;
  for (std::size_t i = 0; i < options.size(); ++i) {
    out += i == 0 ? ':' : ',';
    if (!options[i].first.empty()) out += options[i].first + "=";
    out += quoted(options[i].second);
  }
  return out;
}

const std::string* Spec::find(std::string_view key) const {
  for (const auto& [name_of, value] : options) {
    if (name_of == key) return &value;
  }
  return nullptr;
}

Spec parse_spec(std::string_view text) {
  const std::size_t colon = text.find(':');
  Spec spec{std::string(text.substr(0, colon)), {}};
  if (spec.name.empty()) throw UsageError("spec '" + std::string(text) + "' has no name; write name:key=value,…");
  if (colon == std::string_view::npos) return spec;
  for (const std::string& part : split_outside_quotes(text.substr(colon + 1), ',')) {
    const std::size_t quote = part.find('\''), equals = part.find('=');
    const bool has_key = equals != std::string::npos && equals < quote;
    std::string key = has_key ? part.substr(0, equals) : "";
    if (!has_key && !spec.options.empty()) {
      throw UsageError("spec '" + std::string(text) + "': '" + part +
                       "' has no key; only the first value may stand without");
    }
    if (!key.empty() && spec.find(key) != nullptr) {
      throw UsageError("spec '" + std::string(text) + "': option '" + key + "' is given twice");
    }
    spec.options.emplace_back(std::move(key), unquoted(has_key ? part.substr(equals + 1) : part));
  }
  return spec;
}

std::vector<std::string> split_specs(std::string_view text, std::span<const std::string> known) {
  std::vector<std::string> specs;
  for (const std::string& part : split_outside_quotes(text, ',')) {
    const std::string head = part.substr(0, part.find(':'));
    const bool starts = specs.empty() || std::find(known.begin(), known.end(), head) != known.end() ||
                        (part.find(':') != std::string::npos && part.find('=') > part.find(':'));
    if (starts) {
      specs.push_back(part);
    } else {
      specs.back() += "," + part;
    }
  }
  return specs;
}

namespace spec_detail {

void parse_value(std::string_view who, std::string_view key, const std::string& text, int& out) {
  parse_number(who, key, text, out, "a whole number");
}
void parse_value(std::string_view who, std::string_view key, const std::string& text, std::uint64_t& out) {
  parse_number(who, key, text, out, "a whole number ≥ 0");
}
void parse_value(std::string_view who, std::string_view key, const std::string& text, double& out) {
  parse_number(who, key, text, out, "a number");
  if (std::isnan(out)) bad_value(who, key, text, "a number");
}
void parse_value(std::string_view who, std::string_view key, const std::string& text, bool& out) {
  if (text == "true" || text == "1") {
    out = true;
  } else if (text == "false" || text == "0") {
    out = false;
  } else {
    bad_value(who, key, text, "true or false");
  }
}
void parse_value(std::string_view, std::string_view, const std::string& text, std::string& out) { out = text; }
void parse_value(std::string_view who, std::string_view key, const std::string& text, std::vector<double>& out) {
  out.clear();
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find_first_of(",; ", begin), text.size());
    if (end > begin) parse_value(who, key, text.substr(begin, end - begin), out.emplace_back());
    begin = end + 1;
  }
}

std::string format_value(int value) { return std::to_string(value); }
std::string format_value(std::uint64_t value) { return std::to_string(value); }
std::string format_value(double value) {
  char buffer[32];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}
std::string format_value(bool value) { return value ? "true" : "false"; }
std::string format_value(const std::string& value) { return value; }
std::string format_value(const std::vector<double>& value) {
  std::string text;
  for (const double x : value) text += (text.empty() ? "" : ";") + format_value(x);
  return text;
}

}  // namespace spec_detail
}  // namespace pianola
