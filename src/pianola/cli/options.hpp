// Options of verbs, declared in one style: what help calls a value says what it is, and a bad one is refused with the
// option's name, the value and what is allowed.
//
//   N  a whole number     X  a number     SPEC  name:key=value,…     PATH  a file     DIR  a folder     A,B  names
//   NAME  a name
//
//   add_number(verb, "--rollouts", options.rollouts, "how many", {.least = 1});
//   add_text(verb, "--system", options.system, "the plant", kSpec)->required();
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "pianola/data/formats.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace pianola::cli {

inline constexpr const char* kWholeNumber = "N";
inline constexpr const char* kNumber = "X";
inline constexpr const char* kSpec = "SPEC";
inline constexpr const char* kPath = "PATH";
inline constexpr const char* kFolder = "DIR";
inline constexpr const char* kNames = "A,B";
inline constexpr const char* kName = "NAME";

/// What a number may be, ends included.
template <class T>
struct Limits {
  T least = std::numeric_limits<T>::lowest();
  T most = std::numeric_limits<T>::max();
};

/// An option that takes one number. T: int, std::uint32_t, std::uint64_t (std::size_t) or double. `names` as CLI11
/// writes them: "-n,--number". Help shows the value at this moment as the default, unless the limits forbid it: then
/// it stands for "not given". While parsing, a bad number is a UsageError.
template <class T>
CLI::Option* add_number(CLI::App& verb, const std::string& names, T& value, const std::string& help,
                        Limits<T> limits = {});

/// An option that takes one text, of a kind named above. Help shows the value as the default unless it is empty.
CLI::Option* add_text(CLI::App& verb, const std::string& names, std::string& value, const std::string& help,
                      const char* kind);

/// A repeatable option that takes one text each time.
CLI::Option* add_texts(CLI::App& verb, const std::string& names, std::vector<std::string>& values,
                       const std::string& help, const char* kind);

/// The dataset: first argument or --data.
CLI::Option* add_dataset(CLI::App& verb, std::string& path);

/// "--learning-rate" of a configuration's key "learning_rate".
std::string option_name(std::string key);

/// The names of "a,b".
std::vector<std::string> names_of(const std::string& list);

/// How a dataset is read: --observation A,B (repeatable, joined), --action, --subset, --from (its format),
/// --step-limit.
void add_reading(CLI::App& verb, ReadOptions& options);

/// The number that `text` writes. @throws UsageError "--rollouts takes a whole number of at least 1, not '0'".
template <class T>
T parse_number(const std::string& option, const std::string& text, Limits<T> limits = {});

}  // namespace pianola::cli
