// Arguments before they are parsed: --config FILE and --set key=value become ordinary options.
#pragma once

#include <string>
#include <vector>

namespace pianola::cli {

/// Replaces `--config FILE` by the options that the TOML file holds (key learning_rate → --learning-rate, arrays → one
/// option each, true → the bare flag) and `--set key=value` by `--key value`. What is typed wins over --set, --set
/// over the file. Tables in the file (provenance) are notes and set nothing. Arguments[0] is the verb.
/// @throws UsageError for a --set without "="; DataError for a file that is missing or no TOML (with its line).
std::vector<std::string> expand_configuration(const std::vector<std::string>& arguments);

}  // namespace pianola::cli
