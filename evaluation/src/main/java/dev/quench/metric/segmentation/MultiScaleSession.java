// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.segmentation;

import dev.quench.data.image.Interpolation;
import dev.quench.data.image.Resampling;
import dev.quench.run.ActivationTap;
import dev.quench.run.Session;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Evaluates a segmentation network on each image in several sizes and mirrored, and returns the
/// mean of the probabilities, `[N, C, H, W]` in the size of the input, independent of the stride of
/// the network's output.
///
/// The input is resized bilinearly after normalization, which equals resizing before it except for
/// the rounding of pixels. Owns the wrapped session; as thread-safe as that session.
public final class MultiScaleSession implements Session {
  private final Session session;
  private final MultiScale how;
  private final TensorSpec input;
  private final TensorSpec output;

  private MultiScaleSession(Session session, MultiScale how, TensorSpec input, TensorSpec output) {
    this.session = session;
    this.how = how;
    this.input = input;
    this.output = output;
  }

  /// @param session of one FLOAT input `[N, C, H, W]` and a first output `[N, classes, h, w]`;
  ///   closed with this one
  /// @throws IllegalArgumentException if the session has other inputs or outputs, or its height and
  ///   width are fixed and a scale other than 1 is requested
  public static MultiScaleSession of(Session session, MultiScale how) {
    List<TensorSpec> inputs = session.inputs();
    TensorSpec input = inputs.getFirst();
    TensorSpec output = session.outputs().getFirst();
    if (inputs.size() != 1 || input.dataType() != DataType.FLOAT || input.shape().rank() != 4) {
      throw new IllegalArgumentException(
          "multi-scale evaluation needs one FLOAT input [N, C, H, W], but the model takes "
              + inputs);
    }
    if (!output.dataType().isFloating() || output.shape().rank() != 4) {
      throw new IllegalArgumentException(
          "multi-scale evaluation averages scores [N, classes, h, w], but the model returns "
              + output);
    }
    boolean fixed =
        input.shape().dim(2) instanceof Dim.Fixed || input.shape().dim(3) instanceof Dim.Fixed;
    if (fixed && how.scales().stream().anyMatch(scale -> scale != 1)) {
      throw new IllegalArgumentException(
          "multi-scale evaluation needs free height and width, but the model takes %s; export it with free dimensions, or use only scale 1"
              .formatted(input));
    }
    return new MultiScaleSession(session, how, input, output);
  }

  @Override
  public List<TensorSpec> inputs() {
    return session.inputs();
  }

  @Override
  public List<TensorSpec> outputs() {
    Shape in = input.shape();
    return List.of(
        new TensorSpec(
            output.name(),
            DataType.FLOAT,
            Shape.of(in.dim(0), output.shape().dim(1), in.dim(2), in.dim(3))));
  }

  @Override
  public Map<String, Tensor> run(Map<String, Tensor> inputs) {
    Tensor image = inputs.get(input.name());
    if (image == null || image.dataType() != DataType.FLOAT || image.shape().rank() != 4) {
      throw new IllegalArgumentException(
          "expected only input %s, got %s".formatted(input, inputs.keySet()));
    }
    int samples = Math.toIntExact(image.shape().size(0));
    int height = Math.toIntExact(image.shape().size(2));
    int width = Math.toIntExact(image.shape().size(3));
    float[] pixels = image.toFloats();
    double[] sum = new double[0];
    int classes = 0;
    int looks = 0;
    for (double scale : how.scales()) {
      int toHeight = scale == 1 ? height : how.scaled(height, scale);
      int toWidth = scale == 1 ? width : how.scaled(width, scale);
      float[] scaled = resized(pixels, image.shape(), toHeight, toWidth);
      Shape shape = Shape.of(samples, image.shape().size(1), toHeight, toWidth);
      for (int mirrored = 0; mirrored < (how.flip() ? 2 : 1); mirrored++) {
        float[] seen = mirrored == 0 ? scaled : mirror(scaled, toWidth);
        Tensor scores = scores(Tensor.ofFloats(shape, seen));
        float[] probabilities = how.logits() ? softmax(scores) : scores.toFloats();
        if (mirrored == 1) {
          probabilities = mirror(probabilities, Math.toIntExact(scores.shape().size(3)));
        }
        float[] full = resized(probabilities, scores.shape(), height, width);
        classes = Math.toIntExact(scores.shape().size(1));
        if (looks++ == 0) {
          sum = new double[full.length];
        }
        for (int i = 0; i < sum.length; i++) {
          sum[i] += full[i];
        }
      }
    }
    float[] mean = new float[sum.length];
    for (int i = 0; i < sum.length; i++) {
      mean[i] = (float) (sum[i] / looks);
    }
    return Map.of(output.name(), Tensor.ofFloats(Shape.of(samples, classes, height, width), mean));
  }

  private Tensor scores(Tensor image) {
    Tensor scores = session.run(Map.of(input.name(), image)).get(output.name());
    if (scores == null || scores.shape().rank() != 4) {
      throw new IllegalArgumentException(
          "expected output '%s' [N, classes, h, w], got %s"
              .formatted(output.name(), scores == null ? "none" : scores.shape()));
    }
    return scores;
  }

  private static float[] resized(float[] values, Shape shape, int toHeight, int toWidth) {
    int height = Math.toIntExact(shape.size(2));
    int width = Math.toIntExact(shape.size(3));
    if (height == toHeight && width == toWidth) {
      return values;
    }
    int planes = Math.toIntExact(shape.size(0) * shape.size(1));
    return Resampling.resize(
        values, planes, height, width, toHeight, toWidth, Interpolation.BILINEAR);
  }

  private static float[] mirror(float[] values, int width) {
    float[] mirrored = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      int x = i % width;
      mirrored[i - x + width - 1 - x] = values[i];
    }
    return mirrored;
  }

  /// Softmax over axis 1 of `[N, C, h, w]`, with the maximum subtracted first.
  private static float[] softmax(Tensor scores) {
    float[] values = scores.toFloats();
    int classes = Math.toIntExact(scores.shape().size(1));
    int plane = Math.toIntExact(scores.shape().size(2) * scores.shape().size(3));
    double[] powers = new double[classes];
    for (int sample = 0; sample < scores.shape().size(0); sample++) {
      for (int pixel = 0; pixel < plane; pixel++) {
        int first = sample * classes * plane + pixel;
        double highest = Double.NEGATIVE_INFINITY;
        for (int index = 0; index < classes; index++) {
          highest = Math.max(highest, values[first + index * plane]);
        }
        double sum = 0;
        for (int index = 0; index < classes; index++) {
          powers[index] = Math.exp(values[first + index * plane] - highest);
          sum += powers[index];
        }
        for (int index = 0; index < classes; index++) {
          values[first + index * plane] = (float) (powers[index] / sum);
        }
      }
    }
    return values;
  }

  /// One evaluation, resized to the size of the input.
  @Override
  public void observe(Map<String, Tensor> inputs, ActivationTap tap) {
    session.observe(inputs, tap);
  }

  @Override
  public void close() {
    session.close();
  }
}
