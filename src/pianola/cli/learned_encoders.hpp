// What fits quantizers with a learned encoder (encoder=mlp) in this build.
#pragma once

#include "pianola/quantizers/autoencoder.hpp"

namespace pianola::cli {

/// LibTorch's, or null in a build without it: such quantizers then say so.
const AutoencoderTrainer* autoencoder_trainer();

}  // namespace pianola::cli
