#include "pianola/cli/learned_encoders.hpp"

#ifdef PIANOLA_WITH_TORCH
#include "pianola/training/autoencoder_trainer.hpp"
#endif

namespace pianola::cli {

const AutoencoderTrainer* autoencoder_trainer() {
#ifdef PIANOLA_WITH_TORCH
  static const AutoencoderByTorch trainer;
  return &trainer;
#else
  return nullptr;
#endif
}

}  // namespace pianola::cli
