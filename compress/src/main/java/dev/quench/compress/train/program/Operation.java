// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

/// One node, ready to run: reads slots of a pass and writes slots of it.
@FunctionalInterface
interface Operation {
  void run(ForwardPass pass);
}
