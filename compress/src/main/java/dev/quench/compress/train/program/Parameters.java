// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/// Everything that training changes, in one flat FP32 vector, with the gradients in a second one.
///
/// The leaves are views of the vector in the order of [Leaf.Role], so that optimizer, weight decay
/// and clipping are a few operations on ranges of it. Statistics lie in a separate vector.
public final class Parameters implements AutoCloseable {
  private final List<Leaf> leaves;
  private final List<Tensor> views = new ArrayList<>();
  private final Tensor values;
  private final Tensor gradients;
  private final Tensor statistics;

  /// @param leaves as [Leaves] orders them
  Parameters(List<Leaf> leaves) {
    this.leaves = leaves;
    this.values = NativeFloats.zeros(trained());
    this.gradients = NativeFloats.zeros(trained());
    this.statistics = NativeFloats.zeros(elements(Leaf.Role.STATISTIC));
    long offset = 0;
    long statisticOffset = 0;
    for (Leaf leaf : leaves) {
      boolean statistic = leaf.role() == Leaf.Role.STATISTIC;
      long start = statistic ? statisticOffset : offset;
      Tensor view = view(statistic ? statistics : values, start, leaf);
      if (statistic) {
        statisticOffset += leaf.elements();
      } else {
        view.set_requires_grad(true);
        view.mutable_grad().put(view(gradients, start, leaf));
        offset += leaf.elements();
      }
      view.retainReference();
      views.add(view);
    }
    load();
  }

  public List<Leaf> leaves() {
    return leaves;
  }

  /// The leaf's tensor, a view.
  Tensor view(int leaf) {
    return views.get(leaf);
  }

  /// All trained values; edit in place.
  public Tensor values() {
    return values;
  }

  /// The gradients of [#values].
  public Tensor gradients() {
    return gradients;
  }

  /// Running means and variances.
  public Tensor statistics() {
    return statistics;
  }

  /// Number of trained values.
  public long trained() {
    return elements(Leaf.Role.WEIGHT) + elements(Leaf.Role.SHIFT) + elements(Leaf.Role.LATENT);
  }

  /// Number of values of one role.
  public long elements(Leaf.Role role) {
    return leaves.stream().filter(leaf -> leaf.role() == role).mapToLong(Leaf::elements).sum();
  }

  /// Copies the model's initializers into the vectors.
  final void load() {
    for (int i = 0; i < leaves.size(); i++) {
      MemorySegment memory = NativeFloats.memory(views.get(i));
      memory.copyFrom(leaves.get(i).value().initializer().orElseThrow().bytes());
    }
  }

  /// Writes the vectors back into the model's initializers.
  public void store() {
    for (int i = 0; i < leaves.size(); i++) {
      Value value = leaves.get(i).value();
      MemorySegment memory = NativeFloats.memory(views.get(i));
      byte[] bytes = memory.toArray(ValueLayout.JAVA_BYTE);
      value
          .graph()
          .setInitializer(
              value,
              dev.quench.tensor.Tensor.of(
                  DataType.FLOAT,
                  value.initializer().orElseThrow().shape(),
                  MemorySegment.ofArray(bytes)));
    }
  }

  private static Tensor view(Tensor flat, long offset, Leaf leaf) {
    try (NoGradGuard _ = new NoGradGuard()) {
      return flat.narrow(0, offset, leaf.elements())
          .view(leaf.value().initializer().orElseThrow().shape().sizes())
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
