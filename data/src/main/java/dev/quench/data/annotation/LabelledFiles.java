// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import dev.quench.data.image.ImageFile;
import dev.quench.data.image.ImageSamples;
import dev.quench.data.image.Orientation;
import dev.quench.data.image.RawImage;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Digest;
import dev.quench.run.dataset.LabelledBox;
import dev.quench.run.dataset.Labels;
import dev.quench.run.dataset.Mask;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Samples that are separate image files.
///
/// @param unmatched why the classes of the labels do not match the model's; empty if they match
record LabelledFiles(List<LabelledFile> files, List<String> classNames, String unmatched)
    implements ImageSamples {
  LabelledFiles(List<LabelledFile> files, List<String> classNames) {
    this(files, classNames, "");
  }

  LabelledFiles {
    files = List.copyOf(files);
    classNames = List.copyOf(classNames);
  }

  @Override
  public int size() {
    return files.size();
  }

  @Override
  public String name(int index) {
    return files.get(index).file().toString();
  }

  @Override
  public Optional<Path> file(int index) {
    return Optional.of(files.get(index).file());
  }

  @Override
  public RawImage image(int index, Orientation orientation) throws IOException {
    return ImageFile.read(files.get(index).file(), orientation);
  }

  @Override
  public Labels labels(int index, RawImage image) throws IOException {
    if (!unmatched.isEmpty()) {
      return new Labels.None(unmatched);
    }
    return switch (files.get(index).label()) {
      case LabelledFile.Label.None() -> new Labels.None();
      case LabelledFile.Label.OfClass(int number, int _) -> new Labels.Classes(List.of(number));
      case LabelledFile.Label.MaskIn(Path file) -> new Labels.Masks(List.of(mask(file, image)));
      case LabelledFile.Label.Objects(List<LabelledBox> boxes, int width, int height) -> {
        if (width > 0 && (width != image.width() || height != image.height())) {
          throw mismatch(name(index), image, "its annotations say", width, height);
        }
        yield new Labels.Boxes(List.of(boxes));
      }
      case LabelledFile.Label.Text(String text) -> new Labels.Texts(List.of(text));
    };
  }

  private Mask mask(Path file, RawImage image) throws IOException {
    Mask mask = ImageFile.readMask(file);
    if (mask.width() != image.width() || mask.height() != image.height()) {
      throw mismatch(file.toString(), image, "the mask has", mask.width(), mask.height());
    }
    if (!classNames.isEmpty()) {
      for (int y = 0; y < mask.height(); y++) {
        for (int x = 0; x < mask.width(); x++) {
          if (mask.at(x, y) >= classNames.size() && mask.at(x, y) != Mask.IGNORE) {
            throw new DataException(
                "%s: class %d at (%d, %d), but the data name %d classes; expected a smaller number, or %d for no class"
                    .formatted(file, mask.at(x, y), x, y, classNames.size(), Mask.IGNORE));
          }
        }
      }
    }
    return mask;
  }

  private static DataException mismatch(
      String name, RawImage image, String what, int width, int height) {
    return new DataException(
        "%s: the image has %d x %d pixels, but %s %d x %d; they do not belong together"
            .formatted(name, image.width(), image.height(), what, width, height));
  }

  @Override
  public int group(int index) {
    return files.get(index).label() instanceof LabelledFile.Label.OfClass(int _, int stored)
        ? stored
        : -1;
  }

  @Override
  public void addTo(Digest digest, int index) throws IOException {
    addTo(digest, files.get(index).file());
    switch (files.get(index).label()) {
      case LabelledFile.Label.None() -> digest.text("none");
      case LabelledFile.Label.OfClass(int _, int stored) -> digest.text("class").number(stored);
      case LabelledFile.Label.MaskIn(Path file) -> addTo(digest.text("mask"), file);
      case LabelledFile.Label.Objects(List<LabelledBox> boxes, int _, int _) ->
          digest.text("boxes").labels(new Labels.Boxes(List.of(boxes)));
      case LabelledFile.Label.Text(String text) -> digest.text("text").text(text);
    }
  }

  private static void addTo(Digest digest, Path file) throws IOException {
    byte[] bytes = ImageFile.bytes(file);
    digest.bytes(bytes, 0, bytes.length);
  }

  @Override
  public LabelledFiles at(List<Integer> positions) {
    return new LabelledFiles(positions.stream().map(files::get).toList(), classNames, unmatched);
  }
}
