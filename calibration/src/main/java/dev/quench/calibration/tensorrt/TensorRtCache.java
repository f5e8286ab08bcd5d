// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.tensorrt;

import dev.quench.Printable;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.table.ScaleCache;
import dev.quench.calibration.table.TensorRange;
import dev.quench.digest.Sha256;
import dev.quench.graph.Graph;
import dev.quench.graph.Value;
import dev.quench.io.AtomicFile;
import dev.quench.io.RegularFile;
import dev.quench.run.CalibrationException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The calibration cache of TensorRT up to version 10: a text file of scales.
///
/// The first line is a header such as `TRT-101501-EntropyCalibration2`. Each further line describes
/// one tensor: its name, `: `, and the bits of its float scale as eight hex digits, most
/// significant first; `real = quantized · scale`. A name may contain `: `, so the last one
/// separates. The file does not name its model: trust it only together with a [CalibrationTable]
/// that vouches for it. Immutable and thread-safe; equality is by content.
public final class TensorRtCache implements ScaleCache {
  private static final long MAX_BYTES = 64L << 20;
  private static final int MAX_LINE = 1 << 16;
  private static final Pattern HEADER = Pattern.compile("TRT-(\\d{4,7})-(\\w{1,64})");
  private static final Pattern SCALE = Pattern.compile("[0-9a-fA-F]{8}");
  private static final String SEPARATOR = ": ";

  /// The calibrators of TensorRT. A cache is read only by the calibrator it names.
  public enum Algorithm {
    ENTROPY_2("EntropyCalibration2"),
    ENTROPY("EntropyCalibration"),
    MIN_MAX("MinMaxCalibration"),
    LEGACY("LegacyCalibration");

    private final String spelling;

    Algorithm(String spelling) {
      this.spelling = spelling;
    }

    /// The name in headers.
    public String spelling() {
      return spelling;
    }

    static Optional<Algorithm> find(String spelling) {
      for (Algorithm algorithm : values()) {
        if (algorithm.spelling.equals(spelling)) {
          return Optional.of(algorithm);
        }
      }
      return Optional.empty();
    }
  }

  /// How well a cache fits a set of tensors.
  ///
  /// @param present wanted tensors with a scale
  /// @param missing wanted tensors without a scale: TensorRT leaves layers at such a tensor in
  ///   floating point and only warns
  /// @param extra tensors with a scale that are not wanted; TensorRT ignores them
  public record Coverage(List<String> present, List<String> missing, List<String> extra) {
    public Coverage {
      present = List.copyOf(present);
      missing = List.copyOf(missing);
      extra = List.copyOf(extra);
    }

    static Coverage of(Set<String> there, Set<String> wanted) {
      return new Coverage(
          wanted.stream().filter(there::contains).toList(),
          wanted.stream().filter(name -> !there.contains(name)).toList(),
          there.stream().filter(name -> !wanted.contains(name)).toList());
    }

    /// Whether nothing is missing.
    public boolean isComplete() {
      return missing.isEmpty();
    }

    /// One line, with names escaped for a terminal.
    @Override
    public String toString() {
      return "%d of %d tensors present%s, %d extra"
          .formatted(
              present.size(),
              present.size() + missing.size(),
              missing.isEmpty() ? "" : ", missing " + named(missing),
              extra.size());
    }

    static String named(List<String> names) {
      int shown = Math.min(names.size(), 5);
      List<String> quoted = new ArrayList<>();
      for (String name : names.subList(0, shown)) {
        quoted.add("'" + Printable.escape(name) + "'");
      }
      return String.join(", ", quoted)
          + (shown < names.size() ? " and " + (names.size() - shown) + " more" : "");
    }
  }

  private final TensorRtVersion version;
  private final Algorithm algorithm;
  private final Map<String, Float> scales;

  TensorRtCache(TensorRtVersion version, Algorithm algorithm, Map<String, Float> scales) {
    this.version = version;
    this.algorithm = algorithm;
    this.scales = Collections.unmodifiableMap(new LinkedHashMap<>(scales));
  }

  /// A cache for the calibrator EntropyCalibration2, whose names are those of the model before any
  /// fusion.
  ///
  /// @throws CalibrationException as [#of(CalibrationTable, TensorRtVersion, Algorithm)]
  public static TensorRtCache of(CalibrationTable table, TensorRtVersion version) {
    return of(table, version, Algorithm.ENTROPY_2);
  }

  /// The scales `threshold / 127` of a table. Tensors whose values were all zero are left out,
  /// because any scale would fit; TensorRT leaves the layers at them in floating point.
  ///
  /// @throws CalibrationException if the table was measured on noise, which a cache cannot record,
  ///   or a name does not fit on a line
  public static TensorRtCache of(
      CalibrationTable table, TensorRtVersion version, Algorithm algorithm) {
    if (table.isUncalibrated()) {
      throw new CalibrationException(
          "the table was measured on random data, which a TensorRT cache cannot record; calibrate on real data");
    }
    Map<String, Float> scales = new LinkedHashMap<>();
    for (TensorRange range : table.entries()) {
      if (range.scale() > 0) {
        scales.put(requireOneLine(range.name()), range.scale());
      }
    }
    return new TensorRtCache(version, algorithm, scales);
  }

  private static String requireOneLine(String name) {
    if (name.indexOf('\n') >= 0 || name.indexOf('\r') >= 0 || name.length() > MAX_LINE / 2) {
      throw new CalibrationException(
          "tensor '%s' cannot be named in a TensorRT cache: its name has a line break or more than %d characters; rename it"
              .formatted(
                  Printable.escape(name.substring(0, Math.min(name.length(), 100))), MAX_LINE / 2));
    }
    return name;
  }

  public TensorRtVersion version() {
    return version;
  }

  public Algorithm algorithm() {
    return algorithm;
  }

  /// Positive, finite scales by tensor name, in file order.
  @Override
  public Map<String, Float> scales() {
    return scales;
  }

  /// The same scales under the header of another version; TensorRT refuses a cache of another
  /// version.
  public TensorRtCache withVersion(TensorRtVersion other) {
    return new TensorRtCache(other, algorithm, scales);
  }

  /// This cache with additional lines for the tensors of the main graph that it does not name but
  /// that may take the scale of one it names, by [RangeSources]. TensorRT's calibrators name every
  /// tensor, and layers that read or write a tensor without a scale stay in floating point.
  public TensorRtCache completedFor(Graph graph) {
    Map<String, Float> all = new LinkedHashMap<>(scales);
    for (Value value : graph.values()) {
      if (!scales.containsKey(value.name()) && value.constant().isEmpty()) {
        RangeSources.of(graph, value.name()).stream()
            .map(scales::get)
            .filter(Objects::nonNull)
            .findFirst()
            .ifPresent(scale -> all.put(requireOneLine(value.name()), scale));
      }
    }
    return new TensorRtCache(version, algorithm, all);
  }

  /// Compares the tensors of this cache with those that are wanted.
  public Coverage coverage(Set<String> wanted) {
    return Coverage.of(scales.keySet(), wanted);
  }

  /// SHA-256, in hex, over the lines after the header: the same under the header of any version.
  @Override
  public String digest() {
    return Sha256.hex(lines().getBytes(StandardCharsets.UTF_8));
  }

  /// The file as text.
  public String toText() {
    return "TRT-" + version.code() + "-" + algorithm.spelling() + "\n" + lines();
  }

  private String lines() {
    StringBuilder text = new StringBuilder();
    scales.forEach((name, scale) ->
        text.append(name)
            .append(SEPARATOR)
            .append("%08x".formatted(Float.floatToIntBits(scale)))
            .append('\n'));
    return text.toString();
  }

  /// Writes the cache atomically: readers see the old file or the complete new one.
  public void write(Path file) throws IOException {
    AtomicFile.writeString(file, toText());
  }

  /// Reads a cache.
  ///
  /// @throws CalibrationException if it is not a cache, naming the line
  /// @throws IOException if it cannot be read
  public static TensorRtCache read(Path file) throws IOException {
    return parse(readText(file), Printable.escape(file.toString()));
  }

  static String readText(Path file) throws IOException {
    String where = Printable.escape(file.toString());
    byte[] bytes = RegularFile.readAllBytes(file, MAX_BYTES);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new CalibrationException(
          where + ": not a TensorRT calibration cache: expected UTF-8 text", e);
    }
  }

  /// Reads the text of a cache.
  ///
  /// @param where for messages
  /// @throws CalibrationException if it is not a cache, naming the line
  public static TensorRtCache parse(String text, String where) {
    Content content = Content.parse(text, where);
    int number = 0;
    for (Map.Entry<String, Float> entry : content.scales().entrySet()) {
      float scale = entry.getValue();
      if (!(scale > 0) || scale == Float.POSITIVE_INFINITY) {
        throw wrong(
            where,
            content.lines().get(number),
            "the scale of '%s' is %s (%08x), expected a positive finite number"
                .formatted(entry.getKey(), scale, Float.floatToRawIntBits(scale)),
            null);
      }
      number++;
    }
    return new TensorRtCache(content.version(), content.algorithm(), content.scales());
  }

  /// The lines of a cache, with scales of any value.
  ///
  /// @param scales by tensor name in file order
  /// @param lines line number of each scale
  record Content(
      TensorRtVersion version,
      Algorithm algorithm,
      Map<String, Float> scales,
      List<Integer> lines) {
    /// @throws CalibrationException if a line does not have the form of a cache, naming it
    static Content parse(String text, String where) {
      List<String> lines = text.lines().toList();
      Matcher header = HEADER.matcher(lines.isEmpty() ? "" : lines.getFirst().strip());
      if (!header.matches()) {
        throw wrong(where, 1, "expected a header such as TRT-101501-EntropyCalibration2", null);
      }
      Algorithm algorithm =
          Algorithm.find(header.group(2))
              .orElseThrow(() -> wrong(where, 1, "unknown calibrator " + header.group(2), null));
      Map<String, Float> scales = new LinkedHashMap<>();
      List<Integer> numbers = new ArrayList<>();
      for (int i = 1; i < lines.size(); i++) {
        if (!lines.get(i).isBlank()) {
          readLine(lines.get(i), where, i + 1, scales);
          numbers.add(i + 1);
        }
      }
      try {
        TensorRtVersion version = TensorRtVersion.fromCode(Integer.parseInt(header.group(1)));
        return new Content(version, algorithm, scales, numbers);
      } catch (IllegalArgumentException e) {
        throw wrong(where, 1, String.valueOf(e.getMessage()), e);
      }
    }

    private static void readLine(String line, String where, int number, Map<String, Float> into) {
      if (line.length() > MAX_LINE) {
        throw wrong(
            where,
            number,
            "%d characters, more than the %d allowed".formatted(line.length(), MAX_LINE),
            null);
      }
      int split = line.lastIndexOf(SEPARATOR);
      if (split < 1) {
        throw wrong(where, number, "expected 'name: ' and a scale of 8 hex digits", null);
      }
      String name = line.substring(0, split);
      String hex = line.substring(split + SEPARATOR.length()).stripTrailing();
      if (!SCALE.matcher(hex).matches()) {
        throw wrong(
            where,
            number,
            "the scale of '%s' is '%s', expected 8 hex digits".formatted(name, hex),
            null);
      }
      if (into.put(name, Float.intBitsToFloat(Integer.parseUnsignedInt(hex, 16))) != null) {
        throw wrong(where, number, "tensor '" + name + "' occurs twice", null);
      }
    }
  }

  private static CalibrationException wrong(
      String where, int line, String reason, @Nullable Throwable cause) {
    return new CalibrationException(
        "%s, line %d: %s; the file is damaged or not a TensorRT calibration cache"
            .formatted(where, line, Printable.escape(reason)),
        cause);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TensorRtCache that && toText().equals(that.toText());
  }

  @Override
  public int hashCode() {
    return toText().hashCode();
  }

  /// Version, calibrator and size, on one line.
  @Override
  public String toString() {
    return "TensorRtCache[%s, %s, %d tensors]"
        .formatted(version, algorithm.spelling(), scales.size());
  }
}
