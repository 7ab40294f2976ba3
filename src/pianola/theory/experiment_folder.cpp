#include "pianola/theory/experiment_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "pianola/base/crc32c.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

/// Held until destruction; the system releases it if the process dies.
class FileLock {
 public:
  explicit FileLock(std::filesystem::path path)
      : path_(std::move(path)), file_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (file_ < 0) throw ResourceError(path_.string() + ": cannot be opened: " + std::strerror(errno));
  }
  ~FileLock() { ::close(file_); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// False if another process holds it and `wait` is false. @throws ResourceError where files cannot be locked.
  [[nodiscard]] bool acquire(bool wait) const {
    while (::flock(file_, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return false;
      if (errno != EINTR) {
        throw ResourceError(path_.string() + ": cannot be locked: " + std::strerror(errno) +
                            "; name a folder on another file system");
      }
    }
    return true;
  }

 private:
  std::filesystem::path path_;
  int file_;
};

Json to_fields(const Estimate& estimate) { return {estimate.value, estimate.low, estimate.high, estimate.n}; }

Estimate estimate_of(const Json& fields) {
  return {fields.at(0).get<double>(), fields.at(1).get<double>(), fields.at(2).get<double>(),
          fields.at(3).get<std::size_t>()};
}

Json to_fields(const Check& check) {
  return {{"name", check.name},
          {"passed", check.passed ? Json(*check.passed) : Json(nullptr)},
          {"measured", to_fields(check.measured)},
          {"judged", check.judged},
          {"required", check.required},
          {"at_most", check.relation == Relation::at_most},
          {"control", check.control}};
}

Check check_of(const Json& fields) {
  const Json& passed = fields.at("passed");
  return {
      fields.at("name").get<std::string>(), passed.is_null() ? std::nullopt : std::optional(passed.get<bool>()),
      estimate_of(fields.at("measured")),   fields.at("judged").get<double>(),
      fields.at("required").get<double>(),  fields.at("at_most").get<bool>() ? Relation::at_most : Relation::at_least,
      fields.at("control").get<bool>()};
}

Json to_fields(const Row& row) {
  Json fields = Json::array();
  for (const auto& [name, value] : row) {
    fields.push_back({name, std::visit([](const auto& cell) { return Json(cell); }, value)});
  }
  return fields;
}

Row row_of(const Json& fields) {
  Row row;
  for (const Json& cell : fields) {
    const Json& value = cell.at(1);
    row.emplace_back(cell.at(0).get<std::string>(),
                     value.is_string() ? Cell(value.get<std::string>()) : Cell(value.get<double>()));
  }
  return row;
}

Json to_fields(const ExperimentOptions& options) {
  return {{"epsilon", options.epsilon},
          {"horizon", options.horizon},
          {"n", options.n},
          {"initial_points", options.initial_points},
          {"thorough", options.thorough},
          {"key", options.key.value()}};
}

/// Of the program that runs: two builds of one commit, changed files among them, differ.
std::string program_checksum() {
  static const std::string checksum = fmt::format("{:08x}", crc32c(read_file("/proc/self/exe")));
  return checksum;
}

Json header(const std::string& name, const ExperimentOptions& options) {
  return {{"pianola", PIANOLA_VERSION},
          {"program_crc32c", program_checksum()},
          {"theorem", name},
          {"options", to_fields(options)}};
}

ExperimentResult result_of(const Json& fields) {
  ExperimentResult result;
  for (const Json& check : fields.at("checks")) result.checks.push_back(check_of(check));
  for (const Json& row : fields.at("rows")) result.rows.push_back(row_of(row));
  for (const auto& [name, slope] : fields.at("exponents").items()) result.exponents[name] = estimate_of(slope);
  for (const Json& picture : fields.at("pictures")) {
    result.pictures.push_back({picture.at("chart"), picture.at("caption").get<std::string>()});
  }
  for (const Json& summary : fields.at("summaries")) {
    Summary& read = result.summaries.emplace_back();
    read.caption = summary.at("caption").get<std::string>();
    for (const Json& row : summary.at("rows")) read.rows.push_back(row_of(row));
  }
  result.notes = fields.at("notes").get<std::vector<std::string>>();
  return result;
}

}  // namespace

std::string saved_experiment(const ExperimentResult& result, const std::string& name,
                             const ExperimentOptions& options) {
  Json checks = Json::array(), rows = Json::array(), exponents = Json::object(), pictures = Json::array();
  for (const Check& check : result.checks) checks.push_back(to_fields(check));
  for (const Row& row : result.rows) rows.push_back(to_fields(row));
  for (const auto& [slope, estimate] : result.exponents) exponents[slope] = to_fields(estimate);
  for (const Picture& picture : result.pictures) {
    pictures.push_back({{"chart", picture.chart}, {"caption", picture.caption}});
  }
  Json summaries = Json::array();
  for (const Summary& summary : result.summaries) {
    Json lines = Json::array();
    for (const Row& row : summary.rows) lines.push_back(to_fields(row));
    summaries.push_back({{"caption", summary.caption}, {"rows", lines}});
  }
  const Json fields{{"of", header(name, options)}, {"checks", checks},     {"rows", rows},
                    {"exponents", exponents},      {"pictures", pictures}, {"summaries", summaries},
                    {"notes", result.notes}};
  std::string bytes;
  Json::to_cbor(fields, bytes);
  return bytes;
}

ExperimentResult loaded_experiment(const std::string& bytes, const std::string& name, const ExperimentOptions& options,
                                   const std::string& place) {
  try {
    const Json fields = Json::from_cbor(bytes);
    if (const Json wanted = header(name, options); fields.at("of") != wanted) {
      throw DataError(place + ": is the result of " + fields.at("of").dump() + ", not of " + wanted.dump() +
                      "; name another folder, or remove the file to run it again");
    }
    return result_of(fields);
  } catch (const Json::exception&) {
    throw DataError(place + ": is damaged; remove the file to run the experiment again");
  }
}

ExperimentFolder::ExperimentFolder(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code failure;
  std::filesystem::create_directories(path_, failure);
  if (failure) throw ResourceError(path_.string() + ": cannot be made: " + failure.message());
}

std::optional<ExperimentResult> ExperimentFolder::result(const ExperimentEntry& entry, const ExperimentOptions& options,
                                                         bool wait) const {
  const std::filesystem::path file = path_ / ("theorem_" + entry.name + ".cbor");
  const FileLock lock(path_ / ("theorem_" + entry.name + ".lock"));
  if (!lock.acquire(wait)) return std::nullopt;
  if (std::filesystem::exists(file)) {
    ExperimentResult kept = loaded_experiment(read_file(file), entry.name, options, file.string());
    kept.kept_in = file.string();
    return kept;
  }
  ExperimentResult result = run_experiment(entry, options);
  write_file(file, saved_experiment(result, entry.name, options));
  return result;
}

}  // namespace pianola
