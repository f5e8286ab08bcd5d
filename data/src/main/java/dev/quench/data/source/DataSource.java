// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.source;

import dev.quench.Printable;
import dev.quench.data.annotation.CocoFile;
import dev.quench.data.annotation.ImageFolder;
import dev.quench.data.annotation.OffsetLabels;
import dev.quench.data.array.ArrayFeeds;
import dev.quench.data.array.CifarFile;
import dev.quench.data.array.IdxDataset;
import dev.quench.data.array.NpyDataset;
import dev.quench.data.array.NpzFile;
import dev.quench.data.array.SvhnFile;
import dev.quench.data.image.ColorMode;
import dev.quench.data.image.ImageDataset;
import dev.quench.data.image.Preprocessing;
import dev.quench.data.image.ReadAhead;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// The location and format of samples, written as one word: `images:photos`.
public sealed interface DataSource {
  /// The formats that [#parse] accepts, for help and messages.
  String KNOWN =
      "idx:DIR, cifar10:DIR, images:DIR, images:DIR,labels=FILE, images:FILE (lines or CSV of image and class), segmentation:DIR, coco:FILE[,images=DIR], text:DIR, svhn:DIR, npy:NAME=FILE,... (labels as labels=FILE), npz:FILE";

  /// The name of the array that holds labels.
  String LABELS = "labels";

  /// @param path a folder with IDX files, or one images file with its labels beside it
  record Idx(Path path) implements DataSource {}

  /// @param folder with CIFAR-10's binary files
  record Cifar10(Path folder) implements DataSource {}

  /// @param path a folder with SVHN's MATLAB files of cropped digits, or one of them
  record Svhn(Path path) implements DataSource {}

  /// @param path a folder of images, or of one folder per class; without `labels` also a list of
  ///   images
  /// @param labels a list of images in the folder with their classes
  record Images(Path path, Optional<Path> labels) implements DataSource {
    public Images(Path path) {
      this(path, Optional.empty());
    }
  }

  /// @param folder with `images` and `masks`
  record Segmentation(Path folder) implements DataSource {}

  /// @param annotations in COCO's instances format
  /// @param images the folder that file names are relative to
  record Coco(Path annotations, Optional<Path> images) implements DataSource {}

  /// @param list of images and texts, or a folder with such a `labels.txt`
  record Text(Path list) implements DataSource {}

  /// @param files by input name; `labels` means class indices or masks, unless the model has an
  ///   input of that name
  record Npy(Map<String, Path> files) implements DataSource {
    public Npy {
      files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    }
  }

  /// @param archive with an array for each input, and optionally `labels`
  record Npz(Path archive) implements DataSource {}

  /// Whether the prefix before the colon is one that [#parse] accepts.
  static boolean isKnown(String text) {
    return switch (kind(text)) {
      case "idx", "cifar10", "svhn", "images", "segmentation", "coco", "text", "npy", "npz" -> true;
      default -> false;
    };
  }

  /// Parses one of the formats in [#KNOWN].
  ///
  /// @throws IllegalArgumentException for any other text, listing the formats
  static DataSource parse(String text) {
    String kind = kind(text);
    String rest = text.substring(Math.min(text.length(), kind.length() + 1));
    return switch (kind) {
      case "idx" -> new Idx(path(text, rest));
      case "cifar10" -> new Cifar10(path(text, rest));
      case "svhn" -> new Svhn(path(text, rest));
      case "images" -> {
        int labels = rest.lastIndexOf(",labels=");
        yield labels < 0
            ? new Images(path(text, rest))
            : new Images(
                path(text, rest.substring(0, labels)),
                Optional.of(path(text, rest.substring(labels + ",labels=".length()))));
      }
      case "segmentation" -> new Segmentation(path(text, rest));
      case "coco" -> {
        int images = rest.lastIndexOf(",images=");
        yield images < 0
            ? new Coco(path(text, rest), Optional.empty())
            : new Coco(
                path(text, rest.substring(0, images)),
                Optional.of(path(text, rest.substring(images + ",images=".length()))));
      }
      case "text" -> new Text(path(text, rest));
      case "npy" -> npy(text, rest);
      case "npz" -> new Npz(path(text, rest));
      default -> throw malformed(text, "is not known");
    };
  }

  private static String kind(String text) {
    int colon = text.indexOf(':');
    return colon < 0 ? text : text.substring(0, colon);
  }

  private static DataSource npy(String text, String rest) {
    Map<String, Path> files = new LinkedHashMap<>();
    for (String part : rest.split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals <= 0) {
        throw malformed(text, "needs NAME=FILE after npy:");
      }
      if (files.put(part.substring(0, equals), path(text, part.substring(equals + 1))) != null) {
        throw malformed(text, "names an input twice");
      }
    }
    return new Npy(files);
  }

  private static Path path(String text, String path) {
    if (path.isEmpty()) {
      throw malformed(text, "names no file or folder");
    }
    try {
      return Path.of(path);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          "data '" + Printable.escape(text) + "': " + e.getReason(), e);
    }
  }

  private static IllegalArgumentException malformed(String text, String problem) {
    return new IllegalArgumentException(
        "data '" + Printable.escape(text) + "' " + problem + "; expected " + KNOWN);
  }

  /// Opens the data for a model.
  ///
  /// @throws IOException if a file cannot be read
  /// @throws DataException if the data are damaged, do not fit each other, or need an option that
  ///   is missing
  default Dataset open(DataOptions options) throws IOException {
    Dataset data =
        switch (this) {
          case Idx(Path path) -> idx(path, options);
          case Cifar10(Path folder) ->
              CifarFile.open(folder, options.split(), colored(options), onlyInput(options));
          case Svhn(Path path) ->
              SvhnFile.open(path, options.split(), colored(options), onlyInput(options));
          case Images(Path path, Optional<Path> labels) -> images(path, labels, options);
          case Segmentation(Path folder) ->
              ImageFolder.openSegmentation(folder, declared(options), onlyInput(options));
          case Coco(Path annotations, Optional<Path> images) ->
              CocoFile.open(
                  annotations,
                  images,
                  declared(options),
                  onlyInput(options),
                  options.classes().names());
          case Text(Path list) ->
              ImageFolder.openTexts(list, declared(options), onlyInput(options));
          case Npy(Map<String, Path> files) -> {
            Map<String, Path> inputs = new LinkedHashMap<>(files);
            Optional<Path> labels =
                options.inputs().containsKey(LABELS)
                    ? Optional.empty()
                    : Optional.ofNullable(inputs.remove(LABELS));
            yield NpyDataset.open(inputs, labels, Optional.of(feeds(options)));
          }
          case Npz(Path archive) ->
              NpyDataset.openArchive(
                  archive,
                  options.inputs().containsKey(LABELS) || !NpzFile.names(archive).contains(LABELS)
                      ? Optional.empty()
                      : Optional.of(LABELS),
                  Optional.of(feeds(options)));
        };
    Dataset usable = data;
    if (data instanceof ImageDataset images) {
      usable = options.skipDamaged() ? images.skippingDamaged() : images;
      usable = options.readAhead() == 0 ? usable : new ReadAhead(usable, options.readAhead());
    }
    int offset = options.labelOffset().orElse(0);
    return offset == 0 ? usable : new OffsetLabels(usable, offset);
  }

  private Dataset images(Path path, Optional<Path> labels, DataOptions options) throws IOException {
    boolean shifted = options.labelOffset().isPresent();
    boolean isList = labels.isEmpty() && Files.exists(path) && !Files.isDirectory(path);
    return isList || labels.isPresent()
        ? ImageFolder.openList(
            labels.orElse(path),
            labels.isPresent() ? Optional.of(path) : Optional.empty(),
            declared(options),
            onlyInput(options),
            options.classes(),
            shifted)
        : ImageFolder.open(path, declared(options), onlyInput(options), options.classes(), shifted);
  }

  /// The text that [#parse] accepts.
  default String spelling() {
    return switch (this) {
      case Idx(Path path) -> "idx:" + path;
      case Cifar10(Path folder) -> "cifar10:" + folder;
      case Svhn(Path path) -> "svhn:" + path;
      case Images(Path path, Optional<Path> labels) ->
          "images:" + path + labels.map(list -> ",labels=" + list).orElse("");
      case Segmentation(Path folder) -> "segmentation:" + folder;
      case Coco(Path annotations, Optional<Path> images) ->
          "coco:" + annotations + images.map(folder -> ",images=" + folder).orElse("");
      case Text(Path list) -> "text:" + list;
      case Npy(Map<String, Path> files) ->
          "npy:"
              + files.entrySet().stream()
                  .map(file -> file.getKey() + "=" + file.getValue())
                  .collect(Collectors.joining(","));
      case Npz(Path archive) -> "npz:" + archive;
    };
  }

  private static ArrayFeeds feeds(DataOptions options) {
    return new ArrayFeeds(
        options.inputs(), options.axes(), List.copyOf(options.batchAxes().keySet()));
  }

  private static Dataset idx(Path path, DataOptions options) throws IOException {
    String input = onlyInput(options);
    if (options.preprocessing().isPresent()) {
      return IdxDataset.find(path, options.split(), options.preprocessing().get(), input);
    }
    return IdxDataset.find(path, options.split(), options.normalization(), input);
  }

  private static Preprocessing colored(DataOptions options) {
    return options
        .preprocessing()
        .orElseGet(() -> Preprocessing.plain(ColorMode.RGB, options.normalization()));
  }

  private Preprocessing declared(DataOptions options) {
    return options
        .preprocessing()
        .orElseThrow(() ->
            new DataException(
                "the data "
                    + Printable.escape(spelling())
                    + " need declared preprocessing: size, colours and normalization that the network was trained with; write them into a file and name it (--preprocess FILE)"));
  }

  private static String onlyInput(DataOptions options) {
    List<String> names = List.copyOf(options.inputs().keySet());
    if (names.size() != 1) {
      throw new DataException(
          "images are data for a model of one input, but this one takes %s; give npy data with a file for each"
              .formatted(names));
    }
    return names.getFirst();
  }
}
