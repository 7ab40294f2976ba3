// Arguments before they are parsed: --config FILE and --set key=value become ordinary options.
#pragma once

#include <string>
#include <vector>

namespace pianola::cli {

/// Replaces `--config FILE` by the options that the TOML file holds (key learning_rate → --learning-rate, arrays → one
/// option each, true → the bare flag) and `--set key=value` by `--key value`. What is typed wins over --set, --set
/// over the file. The table [provenance] is a note and sets nothing. With --resume, the config.toml in the folder named
/// by -o is read first. Arguments[0] is the verb.
/// @throws UsageError for a --set without "="; DataError for a file that is missing or no TOML (with its line).
std::vector<std::string> expand_configuration(const std::vector<std::string>& arguments);

}  // namespace pianola::cli
