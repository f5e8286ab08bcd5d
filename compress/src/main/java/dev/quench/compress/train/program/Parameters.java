// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.libtorch.Device;
import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.graph.Value;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/// All parameters in one flat FP32 vector, with the gradients in a second one.
///
/// Each parameter is a view of the vector, in the order of [Parameter.Role], so that optimizer,
/// weight decay and clipping are a few operations on ranges of it. Statistics have a separate
/// vector.
public final class Parameters implements AutoCloseable {
  private final List<Parameter> parameters;
  private final List<Tensor> views = new ArrayList<>();
  private final Tensor values;
  private final Tensor gradients;
  private final Tensor statistics;

  /// @param parameters in the order of [ParameterSearch]
  Parameters(List<Parameter> parameters, Device device) {
    this.parameters = parameters;
    this.values = NativeFloats.zeros(trained(), device);
    this.gradients = NativeFloats.zeros(trained(), device);
    this.statistics = NativeFloats.zeros(elements(Parameter.Role.STATISTIC), device);
    long offset = 0;
    long statisticOffset = 0;
    for (Parameter parameter : parameters) {
      boolean statistic = parameter.role() == Parameter.Role.STATISTIC;
      long start = statistic ? statisticOffset : offset;
      Tensor view = view(statistic ? statistics : values, start, parameter);
      if (statistic) {
        statisticOffset += parameter.elements();
      } else {
        view.set_requires_grad(true);
        view.mutable_grad().put(view(gradients, start, parameter));
        offset += parameter.elements();
      }
      view.retainReference();
      views.add(view);
    }
    load();
  }

  /// The parameters and statistics that the program uses, in the order of the vectors.
  public List<Parameter> all() {
    return parameters;
  }

  /// The parameter's tensor, a view of the flat vector.
  Tensor view(int parameter) {
    return views.get(parameter);
  }

  /// All trained values; edit in place.
  public Tensor values() {
    return values;
  }

  /// The gradients of [#values].
  public Tensor gradients() {
    return gradients;
  }

  /// Running means and variances in one flat vector.
  public Tensor statistics() {
    return statistics;
  }

  /// Number of trained values.
  public long trained() {
    return parameters.stream()
        .filter(parameter -> parameter.role() != Parameter.Role.STATISTIC)
        .mapToLong(Parameter::elements)
        .sum();
  }

  /// The part of a flat vector that belongs to one trained role; a view that belongs to the
  /// caller's pointer scope.
  ///
  /// @param flat [#values], [#gradients] or a vector like them
  public Tensor group(Tensor flat, Parameter.Role role) {
    long offset =
        parameters.stream()
            .filter(parameter -> parameter.role().compareTo(role) < 0)
            .mapToLong(Parameter::elements)
            .sum();
    return flat.narrow(0, offset, elements(role));
  }

  /// Number of values of one role.
  public long elements(Parameter.Role role) {
    return parameters.stream()
        .filter(parameter -> parameter.role() == role)
        .mapToLong(Parameter::elements)
        .sum();
  }

  /// Copies the model's initializers into the vectors.
  final void load() {
    for (int i = 0; i < parameters.size(); i++) {
      NativeFloats.copy(
          parameters.get(i).value().initializer().orElseThrow().toFloats(), views.get(i));
    }
  }

  /// Writes the vectors back into the model's initializers.
  public void store() {
    for (int i = 0; i < parameters.size(); i++) {
      Value value = parameters.get(i).value();
      value
          .graph()
          .setInitializer(
              value,
              dev.quench.tensor.Tensor.ofFloats(
                  value.initializer().orElseThrow().shape(), NativeFloats.toArray(views.get(i))));
    }
  }

  private static Tensor view(Tensor flat, long offset, Parameter parameter) {
    try (NoGradGuard _ = new NoGradGuard()) {
      return flat.narrow(0, offset, parameter.elements())
          .view(parameter.value().initializer().orElseThrow().shape().sizes())
          .detach();
    }
  }

  @Override
  public void close() {
    views.forEach(Tensor::close);
    statistics.close();
    gradients.close();
    values.close();
  }
}
