// A ROS 2 node that plays an exported policy (`pianola export RUN -o robot`) through the C header alone.
//
//   observation  std_msgs/Float32MultiArray in: the newest observation
//   action       std_msgs/Float32MultiArray out: one action a tick
//
//   ros2 run pianola_policy policy_node --ros-args -p image:=robot/policy.pianola -p rate:=50.0 -p execute:=4 -p
//   delay:=1
//
// Every tick plays the next action of a chunk and waits for nothing. A decision begins when an observation arrives, at
// the earliest `execute` ticks after the last one; a thread of its own makes it, conditioned on the `delay` actions
// that play meanwhile, and it takes effect `delay` ticks later (0: at the next tick, if it is done by then). A chunk
// that has run out has expired: what is played then, and while the policy cannot decide, is the parameter on_failure:
// hold (the last action), zero, or stop (the node ends). Memory is taken at the start.
#include <pianola/policies/pianola.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <random>
#include <rclcpp/rclcpp.hpp>
#include <std_msgs/msg/float32_multi_array.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using std_msgs::msg::Float32MultiArray;

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
using Block = std::unique_ptr<void, Free>;

// 64-byte aligned, as the runtime wants image and memory.
Block block_of(std::size_t size) { return Block(std::aligned_alloc(64, (size + 63) / 64 * 64)); }

// SplitMix64's finaliser: neighbouring seeds and steps share no randomness.
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

void require(int status, const std::string& who) {
  if (status != PIANOLA_OK) throw std::runtime_error(who + ": " + pianola_status_text(status));
}

class PolicyNode final : public rclcpp::Node {
 public:
  PolicyNode() : Node("pianola_policy") {
    load(declare_parameter<std::string>("image", "policy.pianola"));
    seed(declare_parameter<int>("seed", -1));
    const std::string failure = declare_parameter<std::string>("on_failure", "hold");
    if (failure != "hold" && failure != "zero" && failure != "stop") {
      throw std::invalid_argument("on_failure must be hold, zero or stop");
    }
    stops_ = failure == "stop";
    const int on_error = failure == "hold" ? PIANOLA_HOLD : PIANOLA_ZERO;
    configure(declare_parameter<std::string>("decode", "sample"), declare_parameter<double>("temperature", 1.0),
              on_error);
    schedule(declare_parameter<int>("execute", 1), declare_parameter<int>("delay", 0), on_error);
    limit(declare_parameter<std::vector<double>>("rate_limit", std::vector<double>{}));
    publisher_ = create_publisher<Float32MultiArray>("action", 1);
    subscription_ = create_subscription<Float32MultiArray>("observation", rclcpp::SensorDataQoS(),
                                                           [this](const Float32MultiArray& seen) { observe(seen); });
    const std::chrono::duration<double> period(1.0 / declare_parameter<double>("rate", 50.0));
    timer_ = create_wall_timer(period, [this] { tick(); });
    thread_ = std::thread([this] { decide(); });  // last: what throws before it leaves no thread behind
  }

  ~PolicyNode() override {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void load(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw std::runtime_error("cannot read " + file);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    image_ = block_of(bytes.size());
    std::copy(bytes.begin(), bytes.end(), static_cast<char*>(image_.get()));
    const std::size_t needed = pianola_required_bytes(image_.get(), bytes.size());
    memory_ = block_of(needed);
    require(pianola_bind(image_.get(), bytes.size(), memory_.get(), needed, &policy_), file);
    action_dim_ = pianola_action_dim(policy_);
    chunk_ = pianola_chunk(policy_);
    dim_ = pianola_observation_dim(policy_);
    newest_.resize(dim_);
    decided_.resize(chunk_ * action_dim_);
    action_.data.resize(action_dim_);
  }

  // A negative seed: another one in every run.
  void seed(std::int64_t given) {
    std::random_device entropy;
    seed_ = given >= 0 ? static_cast<std::uint64_t>(given) : (std::uint64_t{entropy()} << 32) | entropy();
    RCLCPP_INFO(get_logger(), "seed %llu", static_cast<unsigned long long>(seed_));
  }

  void configure(const std::string& decode, double temperature, int on_error) {
    const int mode = decode == "argmax" ? PIANOLA_ARGMAX : decode == "mean" ? PIANOLA_MEAN : PIANOLA_SAMPLE;
    const bool known = mode != PIANOLA_SAMPLE || decode == "sample";
    if (known && pianola_configure(policy_, mode, static_cast<float>(temperature), on_error) == PIANOLA_OK) return;
    throw std::invalid_argument("decode must be sample, argmax or mean, temperature above 0");
  }

  void schedule(std::int64_t execute, std::int64_t delay, int on_error) {
    if (execute < 1 || delay < 0) throw std::invalid_argument("execute must be at least 1, and delay not negative");
    const std::size_t needed = pianola_playback_bytes(chunk_, action_dim_);
    playback_memory_ = block_of(needed);
    require(
        pianola_playback_bind(chunk_, action_dim_, static_cast<std::size_t>(execute), static_cast<std::size_t>(delay),
                              on_error, playback_memory_.get(), needed, &playback_),
        "execute and delay");
    committed_.resize(static_cast<std::size_t>(delay) * action_dim_);
    between_.reserve(pianola_history(policy_) * dim_);
    handed_.reserve((pianola_history(policy_) + 1) * dim_);
    offset_ = static_cast<std::ptrdiff_t>(dim_);
  }

  void limit(const std::vector<double>& rates) {
    if (rates.empty()) return;
    const std::vector<float> limits(rates.begin(), rates.end());
    require(pianola_playback_limit(playback_, limits.data(), nullptr, limits.size()), "rate_limit");
  }

  void observe(const Float32MultiArray& seen) {
    if (seen.data.size() != dim_) {
      RCLCPP_ERROR_THROTTLE(get_logger(), *get_clock(), 1000, "an observation has %zu numbers, the policy sees %zu",
                            seen.data.size(), dim_);
      return;
    }
    std::copy(seen.data.begin(), seen.data.end(), newest_.begin());
    seen_ = fresh_ = true;
    const std::lock_guard lock(mutex_);
    consider();
  }

  // Begins a decision where one is due and an observation came since the last. The lock is held.
  void consider() {
    if (!fresh_ || pianola_playback_due(playback_) != 1) return;
    if (pianola_playback_begin(playback_, committed_.data(), committed_.size()) != PIANOLA_OK) return;
    handed_ = between_;  // of a size that it has had before: no allocation
    handed_.insert(handed_.end(), newest_.begin(), newest_.end());
    between_.clear();
    fresh_ = false;
    begun_ = wanted_ = true;
    wake_.notify_one();
  }

  // In its own thread: all that the policy does. The lock is held for copies only.
  void decide() {
    std::vector<float> seen, committed(committed_.size());
    seen.reserve(handed_.capacity());
    for (std::uint64_t step = 0;; ++step) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return wanted_ || ends_; });
        if (ends_) return;
        wanted_ = false;
        seen.assign(handed_.begin(), handed_.end());
        std::copy(committed_.begin(), committed_.end(), committed.begin());
      }
      const std::size_t last = seen.size() - dim_;
      for (std::size_t at = 0; at < last; at += dim_) pianola_observe(policy_, &seen[at], dim_);
      const int status = pianola_act_committed(policy_, &seen[last], dim_, committed.data(), committed.size(),
                                               mixed(mixed(seed_) + step), decided_.data(), decided_.size());
      const std::lock_guard lock(mutex_);
      if (status == PIANOLA_OK) {
        pianola_playback_take(playback_, decided_.data(), decided_.size());
      } else {
        pianola_playback_abandon(playback_);
        failed_ = status;
      }
    }
  }

  void tick() {
    int played = PIANOLA_OK, failed = PIANOLA_OK;
    {
      const std::lock_guard lock(mutex_);
      played = pianola_playback_play(playback_, action_.data.data(), action_dim_);
      if (!begun_ && seen_) remember();
      begun_ = false;
      consider();
      std::swap(failed, failed_);
    }
    started_ = started_ || played == PIANOLA_OK;
    report(failed);
    if (!started_) return;  // before the first observation there is nothing to play
    publisher_->publish(action_);
    report(played);
  }

  // What a tick without a decision saw enters the history with the next one, as far back as the policy looks.
  void remember() {
    if (between_.size() + dim_ > between_.capacity()) between_.erase(between_.begin(), between_.begin() + offset_);
    between_.insert(between_.end(), newest_.begin(), newest_.end());
  }

  void report(int status) {
    if (status == PIANOLA_OK) return;
    RCLCPP_WARN_THROTTLE(get_logger(), *get_clock(), 1000, "%s", pianola_status_text(status));
    if (stops_) throw std::runtime_error(pianola_status_text(status));
  }

  Block image_, memory_, playback_memory_;
  pianola_runtime* policy_ = nullptr;
  std::size_t action_dim_ = 0, chunk_ = 0, dim_ = 0;
  std::ptrdiff_t offset_ = 0;  // dim_
  std::uint64_t seed_ = 0;
  bool stops_ = false;  // on_failure
  bool seen_ = false, fresh_ = false,
       started_ = false;  // any observation; one since the last decision; anything played
  std::vector<float> newest_, between_, decided_;
  Float32MultiArray action_;

  std::mutex mutex_;  // of those below
  std::condition_variable wake_;
  pianola_playback* playback_ = nullptr;
  bool wanted_ = false, begun_ = false, ends_ = false;
  int failed_ = PIANOLA_OK;
  std::vector<float> committed_, handed_;
  std::thread thread_;

  rclcpp::Publisher<Float32MultiArray>::SharedPtr publisher_;
  rclcpp::Subscription<Float32MultiArray>::SharedPtr subscription_;
  rclcpp::TimerBase::SharedPtr timer_;
};

}  // namespace

int main(int argc, char** argv) {
  rclcpp::init(argc, argv);
  try {
    rclcpp::spin(std::make_shared<PolicyNode>());
  } catch (const std::exception& error) {
    RCLCPP_FATAL(rclcpp::get_logger("pianola_policy"), "%s", error.what());
    rclcpp::shutdown();
    return 1;
  }
  rclcpp::shutdown();
}
