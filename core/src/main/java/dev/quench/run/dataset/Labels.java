// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import java.util.List;

/// What is known to be true of the samples of a [Batch], one entry a sample.
public sealed interface Labels {
  /// The labels of samples `[from, to)`.
  ///
  /// @throws IndexOutOfBoundsException if there are fewer
  Labels slice(int from, int to);

  /// The labels of the samples at `positions`, in their order.
  ///
  /// @throws IndexOutOfBoundsException if there are fewer
  Labels at(List<Integer> positions);

  /// What kind of labels these are, for messages.
  String kind();

  /// Nothing is known.
  ///
  /// @param reason why labels that are stored cannot be used; empty where none are
  record None(String reason) implements Labels {
    public None() {
      this("");
    }

    @Override
    public None slice(int from, int to) {
      return this;
    }

    @Override
    public None at(List<Integer> positions) {
      return this;
    }

    @Override
    public String kind() {
      return reason.isEmpty() ? "no labels" : "no usable labels (" + reason + ")";
    }
  }

  /// Class indices from 0.
  record Classes(List<Integer> indices) implements Labels {
    public Classes {
      indices = List.copyOf(indices);
    }

    @Override
    public Classes slice(int from, int to) {
      return new Classes(indices.subList(from, to));
    }

    @Override
    public Classes at(List<Integer> positions) {
      return new Classes(positions.stream().map(indices::get).toList());
    }

    @Override
    public String kind() {
      return "class labels";
    }
  }

  /// The class of each pixel, in the size of the image as it is stored.
  record Masks(List<Mask> masks) implements Labels {
    public Masks {
      masks = List.copyOf(masks);
    }

    @Override
    public Masks slice(int from, int to) {
      return new Masks(masks.subList(from, to));
    }

    @Override
    public Masks at(List<Integer> positions) {
      return new Masks(positions.stream().map(masks::get).toList());
    }

    @Override
    public String kind() {
      return "masks";
    }
  }

  /// The objects in each image.
  record Boxes(List<List<LabelledBox>> images) implements Labels {
    public Boxes {
      images = images.stream().map(List::copyOf).toList();
    }

    @Override
    public Boxes slice(int from, int to) {
      return new Boxes(images.subList(from, to));
    }

    @Override
    public Boxes at(List<Integer> positions) {
      return new Boxes(positions.stream().map(images::get).toList());
    }

    @Override
    public String kind() {
      return "boxes";
    }
  }

  /// What is written in each image.
  record Texts(List<String> texts) implements Labels {
    public Texts {
      texts = List.copyOf(texts);
    }

    @Override
    public Texts slice(int from, int to) {
      return new Texts(texts.subList(from, to));
    }

    @Override
    public Texts at(List<Integer> positions) {
      return new Texts(positions.stream().map(texts::get).toList());
    }

    @Override
    public String kind() {
      return "texts";
    }
  }
}
