// SPDX-License-Identifier: Apache-2.0
package dev.quench.run;

import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// A model ready to run. Close it once done; closing twice is harmless, use after close is an
/// [IllegalStateException].
///
/// Safe for several threads at once unless an implementation says otherwise.
public interface Session extends AutoCloseable {
  /// What must be fed, in graph order.
  List<TensorSpec> inputs();

  /// What [#run] returns, in graph order; taps are not among them.
  List<TensorSpec> outputs();

  /// Runs one inference.
  ///
  /// @param inputs every input by name and no others; borrowed for the call
  /// @return the outputs by name in graph order; owned by the caller, valid after close
  /// @throws IllegalArgumentException if a name, type or shape does not fit, saying what was
  ///   expected
  /// @throws BackendException if the backend fails
  Map<String, Tensor> run(Map<String, Tensor> inputs);

  /// Runs one inference and hands each tapped tensor of [SessionOptions#taps] to `tap`; the graph's
  /// outputs only when tapped.
  ///
  /// @throws IllegalArgumentException if a name, type or shape does not fit, saying what was
  ///   expected
  /// @throws BackendException if the backend fails
  void observe(Map<String, Tensor> inputs, ActivationTap tap);

  /// Warms up before timing: returns once runs on inputs of these shapes no longer pay one-time
  /// costs. Takes one run or, where code is compiled just in time, some seconds.
  ///
  /// @param inputs as for [#run]
  default void warmUp(Map<String, Tensor> inputs) {
    run(inputs);
  }

  @Override
  void close();
}
