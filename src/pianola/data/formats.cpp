#include "pianola/data/formats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "pianola/base/error.hpp"
#include "pianola/data/attribute_subset.hpp"
#include "pianola/data/selected_trajectories.hpp"

// One line a format, in the order in which a file is tried.
#ifdef PIANOLA_WITH_HDF5
#define PIANOLA_FORMATS_HDF5(X) X(robomimic) X(minari) X(d4rl) X(d3rlpy)
#else
#define PIANOLA_FORMATS_HDF5(X)
#endif
#ifdef PIANOLA_WITH_ARROW
#define PIANOLA_FORMATS_ARROW(X) X(lerobot_v30) X(lerobot_v21)
#else
#define PIANOLA_FORMATS_ARROW(X)
#endif
#define PIANOLA_FORMATS(X) PIANOLA_FORMATS_HDF5(X) X(zarr) X(npz) X(csv) X(rlds) X(text) PIANOLA_FORMATS_ARROW(X)

namespace pianola {

#define PIANOLA_DECLARE(name) FormatEntry entry_##name();
PIANOLA_FORMATS(PIANOLA_DECLARE)
#undef PIANOLA_DECLARE

namespace {

/// What this build lacks, for messages; "" if nothing.
std::string missing_features() {
  std::string missing;
#ifndef PIANOLA_WITH_HDF5
  missing += "this build has no HDF5 (formats: robomimic, minari, d4rl, d3rlpy); configure with -DPIANOLA_WITH_HDF5=ON";
#endif
#ifndef PIANOLA_WITH_ARROW
  missing +=
      std::string(missing.empty() ? "" : "; ") +
      "this build has no Apache Arrow (formats: lerobot_v30, lerobot_v21); configure with -DPIANOLA_WITH_ARROW=ON";
#endif
  return missing;
}

[[noreturn]] void throw_no_format(const std::string& path, const std::string& reasons) {
  const std::string missing = missing_features();
  throw DataError(fmt::format(
      "{}: no dataset of a format that can be read:{}{}\ngive a file or folder of one of these formats; if it is "
      "meant to be one, name it (--from) to hear all that is missing",
      path, reasons, missing.empty() ? "" : "\n  " + missing));
}

[[noreturn]] void throw_unknown_format(const std::string& name) {
  if (!missing_features().empty()) throw UsageError(fmt::format("no format named '{}': {}", name, missing_features()));
  std::vector<std::string> known;
  known.reserve(formats().size());
  for (const FormatEntry& entry : formats()) known.push_back(entry.name);
  throw_unknown_name("format", name, known);
}

const FormatEntry& format_of_extension(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  std::string known;
  for (const FormatEntry& entry : formats()) {
    for (const std::string& own : entry.extensions) {
      if (!entry.create) continue;
      if (own == extension) return entry;
      known += fmt::format("{}{} ({})", known.empty() ? "" : ", ", own, entry.name);
    }
  }
  throw UsageError(fmt::format(
      "{}: the format follows from the extension, but '{}' is none that can be written; known: "
      "{}{}; give another path, or the format's name (--format)",
      path, extension, known.empty() ? "none" : known, missing_features().empty() ? "" : "; " + missing_features()));
}

const FormatEntry& format_named(const std::string& name) {
  for (const FormatEntry& entry : formats()) {
    if (entry.name == name) return entry;
  }
  throw_unknown_format(name);
}

const FormatEntry& readable_format(const std::string& name, const std::string& path) {
  const FormatEntry& entry = format_named(name);
  if (!entry.can_read) throw UsageError(fmt::format("{}: format '{}' can only be written", path, name));
  return entry;
}

[[noreturn]] void throw_several_formats(const std::string& path, std::span<const FormatEntry* const> fitting) {
  std::string names;
  for (const FormatEntry* entry : fitting) names += (names.empty() ? "" : " and ") + entry->name;
  throw DataError(fmt::format("{}: it fits the formats {}; say which one it is (--from)", path, names));
}

/// A part that no list of the file names may be one by an attribute.
std::unique_ptr<TrajectoryReader> open_part(const FormatEntry& entry, const std::string& path,
                                            const ReadOptions& options) {
  const auto wanted = attribute_value(options.subset);
  if (!wanted) return entry.open(path, options);
  ReadOptions all = options;
  all.subset.clear();
  auto reader = entry.open(path, all);
  if (reader->info().subsets.contains(options.subset)) return entry.open(path, options);
  auto numbers = trajectories_with(*reader, *wanted);
  return select_trajectories(std::move(reader), std::move(numbers));
}

}  // namespace

std::string output_format(const std::string& path, const std::string& own) {
  const std::string extension = std::filesystem::path(path).extension().string();
  for (const FormatEntry& entry : formats()) {
    const bool named = std::find(entry.extensions.begin(), entry.extensions.end(), extension) != entry.extensions.end();
    if (named && entry.create != nullptr) return entry.name;
  }
  const FormatEntry& entry = format_named(own);
  if (entry.create != nullptr) return own;
  throw UsageError(fmt::format(
      "{}: format '{}', in which the dataset was read, can only be read; name another (--format)", path, own));
}

std::span<const FormatEntry> formats() {
#define PIANOLA_ENTRY(name) entry_##name(),
  static const std::vector<FormatEntry> entries{PIANOLA_FORMATS(PIANOLA_ENTRY)};
#undef PIANOLA_ENTRY
  return entries;
}

std::unique_ptr<TrajectoryReader> open_dataset(const std::string& path, const ReadOptions& options) {
  std::error_code status;
  if (!std::filesystem::exists(path, status)) {
    throw DataError(fmt::format("{}: a dataset is required, but there is no such file{}; check the path", path,
                                status ? " (" + status.message() + ")" : ""));
  }
  if (!options.format.empty()) return open_part(readable_format(options.format, path), path, options);
  std::string reasons;
  std::vector<const FormatEntry*> fitting;
  for (const FormatEntry& entry : formats()) {
    if (!entry.can_read) continue;
    const std::string reason = entry.detect(path);
    if (reason.empty()) fitting.push_back(&entry);
    if (!reason.empty()) reasons += fmt::format("\n  {}: {}", entry.name, reason);
  }
  if (fitting.empty()) throw_no_format(path, reasons);
  if (fitting.size() > 1) throw_several_formats(path, fitting);
  return open_part(*fitting.front(), path, options);
}

std::unique_ptr<TrajectoryWriter> create_dataset(const std::string& path, const DatasetInfo& info,
                                                 const std::string& format) {
  const FormatEntry& entry = format.empty() ? format_of_extension(path) : format_named(format);
  if (!entry.can_write || entry.create == nullptr) {
    throw UsageError(fmt::format("{}: format '{}' can only be read; choose another", path, entry.name));
  }
  return entry.create(path, info);
}

}  // namespace pianola
