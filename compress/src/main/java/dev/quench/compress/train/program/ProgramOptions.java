// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.libtorch.Device;
import java.util.List;

/// What to compile of a model.
///
/// @param logits whether to compile the input of a final softmax instead of its output
/// @param taps names of further values that a run returns, after the model's first output
/// @param frozen parameters that become constants
/// @param device where parameters and constants lie
public record ProgramOptions(
    boolean logits, List<String> taps, FrozenParameters frozen, Device device) {
  /// The first output as it is, everything trained.
  public static final ProgramOptions PLAIN =
      new ProgramOptions(false, List.of(), FrozenParameters.NONE, Device.CPU);

  /// The input of a final softmax, everything trained.
  public static final ProgramOptions LOGITS = PLAIN.withLogits(true);

  public ProgramOptions {
    taps = List.copyOf(taps);
  }

  public ProgramOptions withLogits(boolean chosen) {
    return new ProgramOptions(chosen, taps, frozen, device);
  }

  public ProgramOptions withTaps(List<String> names) {
    return new ProgramOptions(logits, names, frozen, device);
  }

  public ProgramOptions withFrozen(FrozenParameters chosen) {
    return new ProgramOptions(logits, taps, chosen, device);
  }

  public ProgramOptions withDevice(Device chosen) {
    return new ProgramOptions(logits, taps, frozen, chosen);
  }
}
