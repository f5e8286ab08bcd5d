// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import dev.quench.run.dataset.Digest;
import dev.quench.run.dataset.Labels;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Samples of one size in memory, in the layout of IDX and CIFAR files: channel by channel.
public final class StoredImages implements ImageSamples {
  private final String description;
  private final byte[] planes;
  private final byte[] classes;
  private final int width;
  private final int height;
  private final int channels;
  private final List<Integer> positions;
  private final List<String> classNames;

  /// @param planes `[samples, channels, height, width]`, borrowed
  /// @param classes `[samples]`, unsigned, borrowed
  /// @param positions of the samples, in order
  public StoredImages(
      String description,
      byte[] planes,
      byte[] classes,
      int width,
      int height,
      int channels,
      List<Integer> positions,
      List<String> classNames) {
    this.description = description;
    this.planes = planes;
    this.classes = classes;
    this.width = width;
    this.height = height;
    this.channels = channels;
    this.positions = List.copyOf(positions);
    this.classNames = classNames;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int size() {
    return positions.size();
  }

  @Override
  public String name(int index) {
    return description + ": image " + positions.get(index);
  }

  @Override
  public Optional<Path> file(int index) {
    return Optional.empty();
  }

  @Override
  public RawImage image(int index, Orientation orientation) {
    int plane = width * height;
    int from = positions.get(index) * plane * channels;
    byte[] samples = new byte[plane * channels];
    for (int pixel = 0; pixel < plane; pixel++) {
      for (int channel = 0; channel < channels; channel++) {
        samples[pixel * channels + channel] = planes[from + channel * plane + pixel];
      }
    }
    return RawImage.owning(width, height, channels, samples);
  }

  @Override
  public Labels labels(int index, RawImage image) {
    return new Labels.Classes(List.of(Byte.toUnsignedInt(classes[positions.get(index)])));
  }

  @Override
  public int group(int index) {
    return classes[positions.get(index)];
  }

  @Override
  public void addTo(Digest digest, int index) {
    int bytes = width * height * channels;
    digest.number(width).number(height).bytes(planes, positions.get(index) * bytes, bytes);
    digest.number(classes[positions.get(index)]);
  }

  @Override
  public StoredImages at(List<Integer> chosen) {
    return new StoredImages(
        description,
        planes,
        classes,
        width,
        height,
        channels,
        chosen.stream().map(positions::get).toList(),
        classNames);
  }
}
