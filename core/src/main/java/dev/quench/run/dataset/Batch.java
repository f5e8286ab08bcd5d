// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import dev.quench.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Some samples, stacked along axis 0 unless `axes` say otherwise, with their labels.
///
/// @param inputs by the model's input name
/// @param size how many samples
/// @param images the image of each sample; empty where samples are not made from image files
/// @param axes along which each input holds `size` samples; inputs without one hold for all of them
public record Batch(
    Map<String, Tensor> inputs, Labels labels, int size, List<ImageSource> images, BatchAxes axes) {
  public Batch {
    inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
    images = List.copyOf(images);
    if (!images.isEmpty() && images.size() != size) {
      throw new IllegalArgumentException("%d images for %d samples".formatted(images.size(), size));
    }
  }

  /// Samples `[from, to)` of this batch; shares memory where they lie together.
  public Batch slice(int from, int to) {
    Map<String, Tensor> some = new LinkedHashMap<>();
    inputs.forEach((name, tensor) -> some.put(name, axes.part(name, tensor, from, to)));
    return new Batch(
        some,
        labels.slice(from, to),
        to - from,
        images.isEmpty() ? List.of() : images.subList(from, to),
        axes);
  }

  /// Samples that are stacked along axis 0 of every input.
  public Batch(Map<String, Tensor> inputs, Labels labels, int size, List<ImageSource> images) {
    this(inputs, labels, size, images, BatchAxes.FIRST);
  }

  /// The same, not made from image files.
  public Batch(Map<String, Tensor> inputs, Labels labels, int size) {
    this(inputs, labels, size, List.of());
  }
}
