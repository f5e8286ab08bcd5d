// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

/// How a stored tensor becomes what is fed to an input.
public sealed interface InputFeed {
  /// Samples lie along `axis` of the tensor and of the input; batches may have any size.
  record Along(int axis) implements InputFeed {
    public Along {
      if (axis < 0) {
        throw new IllegalArgumentException("axis must be 0 or more, got " + axis);
      }
    }
  }

  /// The tensor is fed as it is with every batch.
  record Whole() implements InputFeed {}

  /// Entry `i` along axis 0 of the tensor is what the input takes with sample `i`; samples are then
  /// fed one at a time.
  record Each() implements InputFeed {}
}
