// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.estimator;

import dev.quench.compress.train.quantize.Observer;
import dev.quench.compress.train.quantize.ObserverState;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// Follows the range of an activation over the batches, in an [ObserverState].
public final class RangeObserver {
  private final Observer observer;
  private final double momentum;
  private final double share;

  /// @param momentum weight of a new batch in a moving average
  /// @param share of the values that a range keeps
  public RangeObserver(Observer observer, double momentum, double share) {
    this.observer = observer;
    this.momentum = momentum;
    this.share = share;
  }

  /// Adds a batch.
  ///
  /// @param state FP32 vector, edited
  /// @param batch FP32, not empty
  /// @throws IllegalArgumentException if the batch holds NaN or infinity
  public void observe(Tensor state, Tensor batch) {
    try (NoGradGuard _ = new NoGradGuard()) {
      Tensor x = batch.detach();
      float[] values = floats(state);
      T_TensorTensor_T extremes = torch.aminmax(x);
      float min = extremes.get0().item_float();
      float max = extremes.get1().item_float();
      if (!Float.isFinite(min) || !Float.isFinite(max)) {
        throw new IllegalArgumentException(
            "expected finite values to find a range of, got %s to %s; in training, lower the learning rate"
                .formatted(min, max));
      }
      switch (observer) {
        case MIN_MAX, MOVING_AVERAGE -> ObserverState.update(values, observer, min, max, momentum);
        case PERCENTILE -> {
          float magnitude = quantile(x.abs());
          float low = Math.max(min, -magnitude);
          float high = Math.min(max, magnitude);
          ObserverState.update(values, observer, low, high, momentum);
        }
        case HISTOGRAM -> {
          float width = ObserverState.widen(values, Math.max(Math.abs(min), Math.abs(max)));
          ObserverState.add(values, min, max, counts(x.abs(), width));
        }
      }
      unversioned(state).copy_(tensor(values));
    }
  }

  /// The smallest magnitude that at least the share of all values does not exceed.
  private float quantile(Tensor magnitudes) {
    long count = magnitudes.numel();
    long rank = Math.clamp((long) Math.ceil(share * count), 1, count);
    return torch.kthvalue(magnitudes.flatten(), rank).get0().item_float();
  }

  private static long[] counts(Tensor magnitudes, float width) {
    Tensor bins =
        width == 0
            ? magnitudes.mul(new Scalar(0.0))
            : magnitudes
                .div(FakeQuantization.constant(width, magnitudes))
                .clamp_max(new Scalar((double) ObserverState.BINS - 1));
    Tensor counted =
        torch.bincount(
            bins.to(ScalarType.Long).flatten(), new TensorOptional(), ObserverState.BINS);
    long[] counts = new long[ObserverState.BINS];
    counted.cpu().data_ptr_long().get(counts);
    return counts;
  }

  /// The same memory to edit in place. Edits of a view would count as edits of all parameters or
  /// statistics, which share one vector, and libtorch would refuse the backward pass.
  public static Tensor unversioned(Tensor view) {
    return view.variable_data();
  }

  /// A copy of a vector.
  public static float[] floats(Tensor vector) {
    float[] values = new float[Math.toIntExact(vector.numel())];
    vector.cpu().data_ptr_float().get(values);
    return values;
  }

  private static Tensor tensor(float[] values) {
    return Tensor.create(values, values.length);
  }
}
