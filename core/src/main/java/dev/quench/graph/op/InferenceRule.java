// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.op;

/// How the outputs of an operator follow from its inputs. Stateless.
@FunctionalInterface
public interface InferenceRule {
  /// Sets what is certain of the outputs and leaves the rest alone.
  ///
  /// @throws dev.quench.graph.ModelFormatException if the inputs contradict the operator
  void infer(InferenceContext context);
}
