// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

/// One compiled node: reads and writes slots of a forward pass.
@FunctionalInterface
interface Operation {
  void run(ForwardPass pass);
}
