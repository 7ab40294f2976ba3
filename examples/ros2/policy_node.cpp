// A ROS 2 node that plays an exported policy (`pianola export RUN -o robot`) through the C header alone.
//
//   observation  std_msgs/Float32MultiArray in: the newest observation
//   action       std_msgs/Float32MultiArray out: one action a tick
//
//   ros2 run pianola_policy policy_node --ros-args -p image:=robot/policy.pianola -p rate:=50.0 -p execute:=1
//
// Every tick plays the next action of the chunk; after `execute` of them a new chunk is decided from the newest
// observation. A chunk that has run out while no observation came has expired: the node then publishes zeros and says
// so, and never plays an old chunk again. Memory is taken once, before the first tick.
#include <pianola/policies/pianola.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <rclcpp/rclcpp.hpp>
#include <std_msgs/msg/float32_multi_array.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using std_msgs::msg::Float32MultiArray;

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
using Block = std::unique_ptr<void, Free>;

// 64-byte aligned, as the runtime wants image and memory.
Block block_of(std::size_t size) { return Block(std::aligned_alloc(64, (size + 63) / 64 * 64)); }

class PolicyNode final : public rclcpp::Node {
 public:
  PolicyNode() : Node("pianola_policy") {
    load(declare_parameter<std::string>("image", "policy.pianola"));
    seed_ = static_cast<std::uint64_t>(declare_parameter<int>("seed", 0));
    execute_ = static_cast<std::size_t>(declare_parameter<int>("execute", 1));
    if (execute_ < 1 || execute_ > chunk_) throw std::invalid_argument("execute must be 1 … the policy's chunk");
    configure(declare_parameter<std::string>("decode", "sample"), declare_parameter<double>("temperature", 1.0));
    action_.data.resize(action_dim_);
    publisher_ = create_publisher<Float32MultiArray>("action", 1);
    subscription_ = create_subscription<Float32MultiArray>("observation", rclcpp::SensorDataQoS(),
                                                           [this](const Float32MultiArray& seen) { observe(seen); });
    const std::chrono::duration<double> period(1.0 / declare_parameter<double>("rate", 50.0));
    timer_ = create_wall_timer(period, [this] { tick(); });
  }

 private:
  void load(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    image_ = block_of(bytes.size());
    std::copy(bytes.begin(), bytes.end(), static_cast<char*>(image_.get()));
    const std::size_t needed = pianola_required_bytes(image_.get(), bytes.size());
    memory_ = block_of(needed);
    const int status = pianola_bind(image_.get(), bytes.size(), memory_.get(), needed, &policy_);
    if (status != PIANOLA_OK) throw std::runtime_error(file + ": " + pianola_status_text(status));
    action_dim_ = pianola_action_dim(policy_);
    chunk_ = pianola_chunk(policy_);
    observation_.resize(pianola_observation_dim(policy_));
    decided_.resize(chunk_ * action_dim_);
  }

  void configure(const std::string& decode, double temperature) {
    const int mode = decode == "argmax" ? PIANOLA_ARGMAX : decode == "mean" ? PIANOLA_MEAN : PIANOLA_SAMPLE;
    const bool known = mode != PIANOLA_SAMPLE || decode == "sample";
    if (known && pianola_configure(policy_, mode, static_cast<float>(temperature), PIANOLA_HOLD) == PIANOLA_OK) return;
    throw std::invalid_argument("decode must be sample, argmax or mean, temperature above 0");
  }

  void observe(const Float32MultiArray& seen) {
    if (seen.data.size() != observation_.size()) {
      RCLCPP_ERROR_THROTTLE(get_logger(), *get_clock(), 1000, "an observation has %zu numbers, the policy sees %zu",
                            seen.data.size(), observation_.size());
      return;
    }
    std::copy(seen.data.begin(), seen.data.end(), observation_.begin());
    fresh_ = true;
  }

  // A chunk that was decided just now, or nothing.
  void decide() {
    const int status = pianola_act(policy_, observation_.data(), observation_.size(), seed_ + step_++, decided_.data(),
                                   decided_.size());
    if (status != PIANOLA_OK) {
      RCLCPP_WARN_THROTTLE(get_logger(), *get_clock(), 1000, "%s", pianola_status_text(status));
    }
    fresh_ = false;
    played_ = 0;
  }

  void tick() {
    if (fresh_ && played_ >= execute_) decide();
    const bool expired = played_ >= chunk_;
    for (std::size_t d = 0; d < action_dim_; ++d) {
      action_.data[d] = expired ? 0.0F : decided_[played_ * action_dim_ + d];
    }
    if (expired) {
      RCLCPP_WARN_THROTTLE(get_logger(), *get_clock(), 1000, "the chunk has expired: no new observation");
    } else {
      ++played_;
    }
    publisher_->publish(action_);
  }

  Block image_, memory_;
  pianola_runtime* policy_ = nullptr;
  std::size_t action_dim_ = 0, chunk_ = 0, execute_ = 1;
  std::size_t played_ = static_cast<std::size_t>(-1);  // actions of the chunk; at first there is none
  std::uint64_t seed_ = 0, step_ = 0;
  bool fresh_ = false;  // an observation has come since the last decision
  std::vector<float> observation_, decided_;
  Float32MultiArray action_;
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
