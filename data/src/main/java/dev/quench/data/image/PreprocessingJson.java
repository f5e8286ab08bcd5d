// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.quench.io.RegularFile;
import dev.quench.run.dataset.DataException;
import dev.quench.tensor.DataType;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// The JSON form of a [Preprocessing]. Writes all fields in a fixed order, except an orientation as
/// stored. A file written by hand may omit fields that have a default.
public final class PreprocessingJson {
  private static final int MAX_BYTES = 1 << 16;
  private static final int VERSION = 1;
  private static final JsonFactory JSON = new JsonFactory();

  private PreprocessingJson() {}

  static Preprocessing read(Path file) throws IOException {
    byte[] json;
    try (InputStream stream = RegularFile.open(file)) {
      json = stream.readNBytes(MAX_BYTES + 1);
    }
    if (json.length > MAX_BYTES) {
      throw new DataException(
          "%s: more than %d bytes, too large for a declaration of preprocessing"
              .formatted(file, MAX_BYTES));
    }
    return parse(file.toString(), json);
  }

  public static Preprocessing parse(String where, byte[] json) throws IOException {
    DeclaredFields fields = DeclaredFields.read(where, json);
    int version = fields.integer("preprocessingVersion", VERSION);
    if (version != VERSION) {
      throw fields.error("preprocessingVersion", "is " + version + ", expected " + VERSION);
    }
    try {
      Preprocessing read =
          new Preprocessing(
              fields.constant("color", ColorMode.class, null),
              fields.truth("convertColor", false),
              resize(fields),
              fields.constant("interpolation", Interpolation.class, Interpolation.BILINEAR),
              crop(fields),
              normalization(fields),
              fields.constant("layout", Layout.class, Layout.NCHW),
              fields.constant("dataType", DataType.class, DataType.FLOAT),
              fields.constant("orientation", Orientation.class, Orientation.STORED));
      fields.finish();
      return read;
    } catch (IllegalArgumentException e) {
      throw new DataException(where + ": " + e.getMessage(), e);
    }
  }

  private static Resize resize(DeclaredFields fields) {
    String mode = fields.text("resize.mode", "none");
    return switch (mode) {
      case "none" -> new Resize.None();
      case "exact" ->
          new Resize.Exact(
              fields.integer("resize.width", null), fields.integer("resize.height", null));
      case "shorter-side" ->
          new Resize.ShorterSide(
              fields.integer("resize.size", null),
              fields.integer("resize.multipleOf", 1),
              fields.truth("resize.limit", false));
      case "longer-side" ->
          new Resize.LongerSide(
              fields.integer("resize.size", null),
              fields.integer("resize.multipleOf", 1),
              fields.truth("resize.limit", false));
      case "fixed-height" ->
          new Resize.FixedHeight(
              fields.integer("resize.height", null),
              fields.integer("resize.minimumWidth", 1),
              fields.integer("resize.maximumWidth", Resize.MAX_SIDE),
              fields.integer("resize.multipleOf", 1));
      case "letterbox" ->
          new Resize.Letterbox(
              fields.integer("resize.width", null),
              fields.integer("resize.height", null),
              fill(fields),
              fields.truth("resize.centered", true));
      default ->
          throw fields.error(
              "resize.mode",
              "is '"
                  + mode
                  + "', expected none, exact, shorter-side, longer-side, fixed-height or letterbox");
    };
  }

  private static OptionalInt fill(DeclaredFields fields) {
    String fill = fields.text("resize.fill", "114");
    if (fill.equals("zero")) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of(Integer.parseInt(fill));
    } catch (NumberFormatException e) {
      throw fields.error(
          "resize.fill",
          "is '" + fill + "', expected 0 to 255, or \"zero\" for 0 after normalization");
    }
  }

  private static Optional<CenterCrop> crop(DeclaredFields fields) {
    if (!fields.has("crop.width") && !fields.has("crop.height")) {
      return Optional.empty();
    }
    return Optional.of(
        new CenterCrop(fields.integer("crop.width", null), fields.integer("crop.height", null)));
  }

  private static Normalization normalization(DeclaredFields fields) {
    double[] scale = fields.numbers("scale", 1);
    double[] mean = fields.numbers("mean", 0);
    double[] std = fields.numbers("std", 1);
    if (scale.length != 1) {
      throw fields.error("scale", "holds " + scale.length + " numbers, expected one");
    }
    int channels = Math.max(mean.length, std.length);
    return Normalization.of(spread(mean, channels), spread(std, channels), scale[0]);
  }

  private static double[] spread(double[] values, int channels) {
    if (values.length != 1) {
      return values;
    }
    double[] all = new double[channels];
    Arrays.fill(all, values[0]);
    return all;
  }

  static String text(Preprocessing preprocessing, boolean pretty) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      if (pretty) {
        json.setPrettyPrinter(
            new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")));
      }
      write(json, preprocessing);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory does not fail", e);
    }
    return pretty ? text + "\n" : text.toString();
  }

  private static void write(JsonGenerator json, Preprocessing preprocessing) throws IOException {
    json.writeStartObject();
    json.writeNumberField("preprocessingVersion", VERSION);
    json.writeStringField("color", DeclaredFields.hyphenated(preprocessing.color()));
    json.writeBooleanField("convertColor", preprocessing.convertColor());
    json.writeObjectFieldStart("resize");
    write(json, preprocessing.resize());
    json.writeEndObject();
    json.writeStringField(
        "interpolation", DeclaredFields.hyphenated(preprocessing.interpolation()));
    if (preprocessing.crop().isPresent()) {
      json.writeObjectFieldStart("crop");
      json.writeNumberField("width", preprocessing.crop().get().width());
      json.writeNumberField("height", preprocessing.crop().get().height());
      json.writeEndObject();
    }
    Normalization normalization = preprocessing.normalization();
    json.writeNumberField("scale", normalization.scale());
    write(json, "mean", normalization.mean());
    write(json, "std", normalization.std());
    json.writeStringField("layout", preprocessing.layout().name());
    json.writeStringField("dataType", preprocessing.dataType().name());
    // Omitted if it is the default, so declarations in older tables stay equal.
    if (preprocessing.orientation() != Orientation.STORED) {
      json.writeStringField("orientation", DeclaredFields.hyphenated(preprocessing.orientation()));
    }
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Resize resize) throws IOException {
    switch (resize) {
      case Resize.None() -> json.writeStringField("mode", "none");
      case Resize.Exact(int width, int height) -> {
        json.writeStringField("mode", "exact");
        json.writeNumberField("width", width);
        json.writeNumberField("height", height);
      }
      case Resize.ShorterSide(int size, int multipleOf, boolean limit) -> {
        json.writeStringField("mode", "shorter-side");
        writeSide(json, size, multipleOf, limit);
      }
      case Resize.LongerSide(int size, int multipleOf, boolean limit) -> {
        json.writeStringField("mode", "longer-side");
        writeSide(json, size, multipleOf, limit);
      }
      case Resize.FixedHeight(int height, int minimum, int maximum, int multipleOf) -> {
        json.writeStringField("mode", "fixed-height");
        json.writeNumberField("height", height);
        json.writeNumberField("minimumWidth", minimum);
        json.writeNumberField("maximumWidth", maximum);
        json.writeNumberField("multipleOf", multipleOf);
      }
      case Resize.Letterbox(int width, int height, OptionalInt fill, boolean centered) -> {
        json.writeStringField("mode", "letterbox");
        json.writeNumberField("width", width);
        json.writeNumberField("height", height);
        if (fill.isPresent()) {
          json.writeNumberField("fill", fill.getAsInt());
        } else {
          json.writeStringField("fill", "zero");
        }
        json.writeBooleanField("centered", centered);
      }
    }
  }

  private static void writeSide(JsonGenerator json, int size, int multipleOf, boolean limit)
      throws IOException {
    json.writeNumberField("size", size);
    json.writeNumberField("multipleOf", multipleOf);
    json.writeBooleanField("limit", limit);
  }

  private static void write(JsonGenerator json, String name, List<Double> numbers)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (double number : numbers) {
      json.writeNumber(number);
    }
    json.writeEndArray();
  }
}
