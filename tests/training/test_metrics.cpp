#include "pianola/training/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "data/limited_disk.hpp"
#include "pianola/base/error.hpp"
#include "toy_training.hpp"

namespace pianola {
namespace {

using toy_training::Folder;

const std::string kOne = R"({"format_version":1,"step":1,"loss":0.5})"
                         "\n";
const std::string kTwo = R"({"format_version":1,"step":2,"loss":0.1})"
                         "\n";

TEST(Metrics, ALineIsOneObjectWhoseNumbersReadBackExactly) {
  const Folder folder;
  MetricsFile metrics(folder / "m.jsonl", 0);
  metrics.write(7, {{"loss", 0.1 + 0.2}, {"bad", NAN}, {"worse", INFINITY}});
  const auto line = nlohmann::json::parse(read_file(folder / "m.jsonl"));  // there at once
  EXPECT_EQ(line["step"], 7);
  EXPECT_EQ(line["format_version"], 1);
  EXPECT_EQ(line["loss"].get<double>(), 0.1 + 0.2);
  EXPECT_TRUE(line["bad"].is_null());
  EXPECT_TRUE(line["worse"].is_null());
  EXPECT_NO_THROW(metrics.sync());
}

TEST(Metrics, ContinuesAfterTheCheckpointsStep) {
  const Folder folder;
  write_file(folder / "m.jsonl", kOne + kTwo);
  { MetricsFile(folder / "m.jsonl", 1).write(2, {{"loss", 0.1}}); }
  EXPECT_EQ(read_file(folder / "m.jsonl"), kOne + kTwo);
  { MetricsFile keep(folder / "m.jsonl", 5); }
  EXPECT_EQ(read_file(folder / "m.jsonl"), kOne + kTwo);
  { MetricsFile anew(folder / "m.jsonl", 0); }
  EXPECT_EQ(read_file(folder / "m.jsonl"), "");
}

TEST(Metrics, DropsWhatAKillLeft) {
  const Folder folder;
  for (const std::string& tail : {std::string("{\"step\":2,\"lo"), std::string("garbage\n") + kTwo,
                                  std::string("[2]\n"), std::string("{\"step\":-3}\n"), std::string(3, '\0')}) {
    write_file(folder / "m.jsonl", kOne + tail);
    { MetricsFile keep(folder / "m.jsonl", 100); }
    EXPECT_EQ(read_file(folder / "m.jsonl"), kOne) << tail;
  }
}

TEST(Metrics, NamesTheFileThatCannotBeWritten) {
  const std::string message = toy_training::message_of<ResourceError>([] { MetricsFile("/nonexistent/m.jsonl", 0); });
  EXPECT_NE(message.find("/nonexistent/m.jsonl"), std::string::npos);
}

TEST(Metrics, AFullDiskHasItsReasonAndRemedy) {
  const Folder folder;
  MetricsFile metrics(folder / "m.jsonl", 0);
  const std::string message = toy_training::message_of<ResourceError>([&] {
    const test::LimitedDisk disk(10);
    metrics.write(1, {{"loss", 0.5}});
  });
  for (const char* part : {"m.jsonl'", "File too large", "free some space"}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace pianola
