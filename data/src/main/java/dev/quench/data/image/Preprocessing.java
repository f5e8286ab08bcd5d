// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import dev.quench.io.AtomicFile;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Digest;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The steps from a stored image to a model's input: decode, convert the colours, resize, crop,
/// normalize each channel, lay out, convert to the element type. Until normalization, pixels are
/// bytes. Immutable; written to and read from a JSON file.
///
/// @param color the channels of the input
/// @param convertColor whether a grayscale image may stand for a coloured one (its level in all
///   channels) and the reverse (0.299 R + 0.587 G + 0.114 B, of ITU-R BT.601); if not, such an
///   image is refused
/// @param interpolation of `resize`
/// @param crop after resizing
/// @param normalization by channel in the order of `color`
/// @param dataType integer types get the normalized value rounded half to even and saturated
/// @param orientation the orientation of decoded images
public record Preprocessing(
    ColorMode color,
    boolean convertColor,
    Resize resize,
    Interpolation interpolation,
    Optional<CenterCrop> crop,
    Normalization normalization,
    Layout layout,
    DataType dataType,
    Orientation orientation) {
  private static final Set<DataType> TYPES =
      EnumSet.of(
          DataType.FLOAT,
          DataType.DOUBLE,
          DataType.FLOAT16,
          DataType.BFLOAT16,
          DataType.UINT8,
          DataType.INT8,
          DataType.INT16,
          DataType.INT32,
          DataType.INT64);

  /// RGB, shorter side 256, the middle 224 by 224, ImageNet's means and deviations, NCHW, FLOAT:
  /// torchvision's evaluation of most classifiers.
  public static final Preprocessing IMAGENET =
      new Preprocessing(
          ColorMode.RGB,
          true,
          new Resize.ShorterSide(256, 1, false),
          Interpolation.BILINEAR_ANTIALIAS,
          Optional.of(new CenterCrop(224, 224)),
          Normalization.of(
              new double[] {0.485, 0.456, 0.406}, new double[] {0.229, 0.224, 0.225}, 1 / 255.0),
          Layout.NCHW,
          DataType.FLOAT);

  /// For images in their stored orientation.
  public Preprocessing(
      ColorMode color,
      boolean convertColor,
      Resize resize,
      Interpolation interpolation,
      Optional<CenterCrop> crop,
      Normalization normalization,
      Layout layout,
      DataType dataType) {
    this(
        color,
        convertColor,
        resize,
        interpolation,
        crop,
        normalization,
        layout,
        dataType,
        Orientation.STORED);
  }

  public Preprocessing {
    int means = normalization.mean().size();
    if (means != 1 && means != color.channels()) {
      throw new IllegalArgumentException(
          "%d means for the %d channels of %s; give one for each, or one for all"
              .formatted(means, color.channels(), color));
    }
    if (!TYPES.contains(dataType)) {
      throw new IllegalArgumentException(
          "data type %s, expected one of %s".formatted(dataType, TYPES));
    }
  }

  /// For images that already have the model's size: no resizing, FLOAT `[N, C, H, W]`.
  public static Preprocessing plain(ColorMode color, Normalization normalization) {
    return new Preprocessing(
        color,
        false,
        new Resize.None(),
        Interpolation.BILINEAR,
        Optional.empty(),
        normalization,
        Layout.NCHW,
        DataType.FLOAT);
  }

  public Preprocessing withResize(Resize changed, Interpolation by) {
    return new Preprocessing(
        color, convertColor, changed, by, crop, normalization, layout, dataType, orientation);
  }

  public Preprocessing withCrop(Optional<CenterCrop> changed) {
    return new Preprocessing(
        color,
        convertColor,
        resize,
        interpolation,
        changed,
        normalization,
        layout,
        dataType,
        orientation);
  }

  public Preprocessing withNormalization(Normalization changed) {
    return new Preprocessing(
        color, convertColor, resize, interpolation, crop, changed, layout, dataType, orientation);
  }

  public Preprocessing withColorConversion(boolean allowed) {
    return new Preprocessing(
        color, allowed, resize, interpolation, crop, normalization, layout, dataType, orientation);
  }

  public Preprocessing withOutput(Layout axes, DataType type) {
    return new Preprocessing(
        color, convertColor, resize, interpolation, crop, normalization, axes, type, orientation);
  }

  public Preprocessing withOrientation(Orientation changed) {
    return new Preprocessing(
        color, convertColor, resize, interpolation, crop, normalization, layout, dataType, changed);
  }

  /// Makes a model's input from decoded pixels, in the orientation that they have.
  ///
  /// @return a batch of one
  /// @throws DataException if the colours differ from the declared ones, or the crop is larger than
  ///   the image
  public ImageInput apply(RawImage image) {
    PreparedImage prepared = PreparedImage.of("image", image, this);
    Shape one = prepared.shape(layout);
    MemorySegment bytes = MemorySegment.ofArray(new byte[(int) dataType.byteSize(one.elements())]);
    prepared.writeTo(bytes, this, PreparedImage.table(this));
    List<Dim> dims = new ArrayList<>(one.dims());
    dims.addFirst(Dim.of(1));
    return new ImageInput(image, Tensor.of(dataType, new Shape(dims), bytes), prepared.geometry());
  }

  /// Decodes an image file's content, turned as `orientation` says, and makes a model's input.
  ///
  /// @param file content of a PNG, JPEG, WebP, TIFF, BMP or GIF file
  /// @throws DataException if it is damaged, too large, of another kind, or does not fit the
  ///   declaration
  public ImageInput apply(byte[] file) {
    return apply(ImageFile.decode("image", file, orientation));
  }

  /// Makes a model's input from an image of the desktop toolkit; its alpha channel is dropped.
  ///
  /// @throws DataException if it does not fit the declaration
  public ImageInput apply(BufferedImage image) {
    return apply(ImageFile.of(image));
  }

  /// Reads a declaration.
  ///
  /// @throws IOException if the file cannot be read
  /// @throws DataException if a field is missing, unknown or invalid; names the field
  public static Preprocessing read(Path file) throws IOException {
    return PreprocessingJson.read(file);
  }

  /// Writes the declaration, replacing an existing file.
  ///
  /// @throws IOException if the file cannot be written; an existing file then stays unchanged
  public void write(Path file) throws IOException {
    AtomicFile.writeString(file, PreprocessingJson.text(this, true));
  }

  /// The declaration on one line, as tables and reports record it; equal declarations give equal
  /// text.
  public String toJson() {
    return PreprocessingJson.text(this, false);
  }

  /// SHA-256, in hex, of [#toJson].
  public String digest() {
    return new Digest("preprocessing").text(toJson()).hex();
  }
}
