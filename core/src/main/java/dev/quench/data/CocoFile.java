// SPDX-License-Identifier: Apache-2.0
package dev.quench.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Annotations in COCO's "instances" format, read as a stream: `images`, `categories` and
/// `annotations` in any order, everything else passed over.
///
/// Images come in the order of their numbers; the index of a class is the place of its category in
/// the order of theirs, so that COCO's 80 categories of numbers 1 to 90 are classes 0 to 79.
/// Source: cocodataset.org, "Data format".
public final class CocoFile {
  /// Entries of each kind that are read at most.
  static final int MAX_ENTRIES = 20_000_000;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(32)
                  .maxStringLength(16 << 20)
                  .maxNameLength(1000)
                  .maxNumberLength(100)
                  .maxDocumentLength(4L << 30)
                  .build())
          .build();

  private record Image(String fileName, int width, int height, List<LabelledBox> boxes) {}

  private record Annotation(
      long id, long image, long category, Box box, double area, boolean crowd) {}

  private final Path file;
  private final TreeMap<Long, Image> images = new TreeMap<>();
  private final TreeMap<Long, String> categories = new TreeMap<>();
  private final List<Annotation> annotations = new ArrayList<>();

  private CocoFile(Path file) {
    this.file = file;
  }

  /// @param annotations such a JSON file
  /// @param images the folder from which file names count; without one the folder of the
  ///   annotations is tried, then `images` in it, then beside it the one named like the file
  ///   (`val2017` for `instances_val2017.json`)
  /// @param inputName the model's input that takes the images
  /// @throws IOException if the file cannot be read
  /// @throws DataException if it is no such file, an annotation does not fit, or an image is not
  ///   there
  public static ImageDataset open(
      Path annotations, Optional<Path> images, Preprocessing preprocessing, String inputName)
      throws IOException {
    CocoFile coco = new CocoFile(annotations);
    coco.read();
    coco.attach();
    Path folder = images.isPresent() ? images.get() : coco.findFolder();
    List<LabelledFile> files = new ArrayList<>();
    for (Map.Entry<Long, Image> entry : coco.images.entrySet()) {
      Image image = entry.getValue();
      String where = annotations + ": image " + entry.getKey();
      files.add(
          new LabelledFile(
              ImageFolder.within(where, folder, image.fileName()),
              new LabelledFile.Label.Objects(
                  List.copyOf(image.boxes()), image.width(), image.height())));
    }
    return ImageDataset.of(
        annotations.toString(),
        new LabelledFiles(files, List.copyOf(coco.categories.values())),
        preprocessing,
        inputName);
  }

  private void read() throws IOException {
    try (InputStream stream = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        JsonParser parser = JSON.createParser(stream)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new DataException(file + ": expected a JSON object with images and annotations");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        switch (name) {
          case "images" -> entries(parser, name, this::image);
          case "categories" -> entries(parser, name, this::category);
          case "annotations" -> entries(parser, name, this::annotation);
          default -> parser.skipChildren();
        }
      }
      if (images.isEmpty()) {
        throw new DataException(file + ": lists no images; expected COCO's instances format");
      }
    } catch (JsonProcessingException e) {
      throw new DataException(file + ": no valid JSON: " + e.getMessage(), e);
    }
  }

  /// Reads the fields of one entry.
  @FunctionalInterface
  private interface EntryReader {
    void read(JsonParser parser) throws IOException;
  }

  private void entries(JsonParser parser, String name, EntryReader reader) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw new DataException(file + ": '" + name + "' is no array");
    }
    for (int count = 0; parser.nextToken() != JsonToken.END_ARRAY; count++) {
      if (parser.currentToken() != JsonToken.START_OBJECT || count == MAX_ENTRIES) {
        throw new DataException(
            "%s: entry %d of '%s': expected objects, at most %d"
                .formatted(file, count, name, MAX_ENTRIES));
      }
      reader.read(parser);
    }
  }

  private void image(JsonParser parser) throws IOException {
    long id = -1;
    String fileName = "";
    int width = 0;
    int height = 0;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "id" -> id = parser.getLongValue();
        case "file_name" -> fileName = parser.getText();
        case "width" -> width = parser.getIntValue();
        case "height" -> height = parser.getIntValue();
        default -> parser.skipChildren();
      }
    }
    if (id < 0 || fileName.isEmpty() || fileName.indexOf(0) >= 0) {
      throw new DataException(
          "%s: image %d '%s' lacks its id or a valid file_name".formatted(file, id, fileName));
    }
    if (images.put(id, new Image(fileName, width, height, new ArrayList<>())) != null) {
      throw new DataException(file + ": two images have the id " + id);
    }
  }

  private void category(JsonParser parser) throws IOException {
    long id = -1;
    String label = "";
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "id" -> id = parser.getLongValue();
        case "name" -> label = parser.getText();
        default -> parser.skipChildren();
      }
    }
    if (id < 0 || categories.put(id, label) != null) {
      throw new DataException(
          "%s: category '%s' has the id %d; expected one of its own from 0"
              .formatted(file, label, id));
    }
  }

  private void annotation(JsonParser parser) throws IOException {
    long id = -1;
    long image = -1;
    long category = -1;
    double[] box = {};
    double area = -1;
    boolean crowd = false;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "id" -> id = parser.getLongValue();
        case "image_id" -> image = parser.getLongValue();
        case "category_id" -> category = parser.getLongValue();
        case "bbox" -> box = numbers(parser);
        case "area" -> area = parser.getDoubleValue();
        case "iscrowd" -> crowd = parser.getIntValue() != 0;
        default -> parser.skipChildren();
      }
    }
    if (box.length != 4 || !(box[2] >= 0) || !(box[3] >= 0)) {
      throw new DataException(
          "%s: annotation %d has no box [x, y, width, height] with sizes from 0"
              .formatted(file, id));
    }
    Box corners;
    try {
      corners = new Box(box[0], box[1], box[0] + box[2], box[1] + box[3]);
    } catch (IllegalArgumentException e) {
      throw new DataException("%s: annotation %d: %s".formatted(file, id, e.getMessage()), e);
    }
    annotations.add(
        new Annotation(id, image, category, corners, area >= 0 ? area : corners.area(), crowd));
  }

  private static double[] numbers(JsonParser parser) throws IOException {
    double[] numbers = new double[4];
    int count = 0;
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return new double[0];
    }
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (count == 4) {
        count++;
        break;
      }
      numbers[count++] = parser.getDoubleValue();
    }
    return count == 4 ? numbers : new double[0];
  }

  /// Gives every annotation to its image.
  private void attach() {
    Map<Long, Integer> classes = new HashMap<>();
    categories.keySet().forEach(id -> classes.put(id, classes.size()));
    for (Annotation annotation : annotations) {
      Image image = images.get(annotation.image());
      Integer index = classes.get(annotation.category());
      if (image == null || index == null) {
        throw new DataException(
            "%s: annotation %d is of image %d and category %d, of which one is not listed"
                .formatted(file, annotation.id(), annotation.image(), annotation.category()));
      }
      image
          .boxes()
          .add(new LabelledBox(annotation.box(), index, annotation.area(), annotation.crowd()));
    }
  }

  private Path findFolder() {
    Path beside = file.toAbsolutePath().normalize().resolveSibling("");
    String name = String.valueOf(file.getFileName()).replaceFirst("^instances_", "");
    String split = name.endsWith(".json") ? name.substring(0, name.length() - 5) : name;
    String first = images.firstEntry().getValue().fileName();
    List<Path> candidates = List.of(beside, beside.resolve("images"), beside.resolveSibling(split));
    for (Path candidate : candidates) {
      if (Files.isRegularFile(candidate.resolve(first).normalize())) {
        return candidate;
      }
    }
    throw new DataException(
        "%s: its image '%s' is in none of %s; name the folder of the images"
            .formatted(file, first, candidates));
  }
}
