// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.quench.data.image.ImageDataset;
import dev.quench.data.image.JsonProblem;
import dev.quench.data.image.Preprocessing;
import dev.quench.io.RegularFile;
import dev.quench.run.dataset.Box;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.LabelledBox;
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
import java.util.stream.IntStream;

/// Annotations in COCO's "instances" format, read as a stream: `images`, `categories` and
/// `annotations` in any order; other fields are skipped.
///
/// Images are ordered by id. The index of a class is the rank of its category's id, so COCO's 80
/// categories with ids 1 to 90 become classes 0 to 79. Source: cocodataset.org, "Data format".
public final class CocoFile {
  /// The largest number of entries of each kind.
  static final int MAX_ENTRIES = 20_000_000;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS) // as Python writes; refused by field
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
      CocoId id, CocoId image, CocoId category, Box box, double area, boolean crowd) {}

  private final Path file;
  private final TreeMap<CocoId, Image> images = new TreeMap<>();
  private final TreeMap<CocoId, String> categories = new TreeMap<>();
  private final List<Annotation> annotations = new ArrayList<>();

  private CocoFile(Path file) {
    this.file = file;
  }

  /// @param annotations such a JSON file
  /// @param images the folder that file names are relative to; if empty, tries the folder of the
  ///   annotations, then its `images`, then the sibling folder named like the file (`val2017` for
  ///   `instances_val2017.json`)
  /// @param inputName the model's input that takes the images
  /// @throws IOException if the file cannot be read
  /// @throws DataException if the file has another format, an annotation does not fit, or an image
  ///   is missing
  public static ImageDataset open(
      Path annotations, Optional<Path> images, Preprocessing preprocessing, String inputName)
      throws IOException {
    return open(annotations, images, preprocessing, inputName, List.of());
  }

  /// As [#open(Path, Optional, Preprocessing, String)], for a model that names its classes:
  /// categories are matched to classes by name. If they do not match, the data have no labels and
  /// give the reason.
  public static ImageDataset open(
      Path annotations,
      Optional<Path> images,
      Preprocessing preprocessing,
      String inputName,
      List<String> modelNames)
      throws IOException {
    CocoFile coco = new CocoFile(annotations);
    coco.read();
    ClassMatch match = coco.match(modelNames);
    coco.attach(match);
    Path folder = images.isPresent() ? images.get() : coco.findFolder();
    List<LabelledFile> files = new ArrayList<>();
    for (Map.Entry<CocoId, Image> entry : coco.images.entrySet()) {
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
        new LabelledFiles(
            files,
            match.byName() ? modelNames : List.copyOf(coco.categories.values()),
            match.problem()),
        preprocessing,
        inputName);
  }

  private void read() throws IOException {
    try (InputStream stream = new BufferedInputStream(RegularFile.open(file), 1 << 16);
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
      throw new DataException(file + ": expected valid JSON: " + JsonProblem.of(e), e);
    }
  }

  /// Reads the fields of one entry.
  @FunctionalInterface
  private interface EntryReader {
    void read(CocoFields fields) throws IOException;
  }

  private void entries(JsonParser parser, String name, EntryReader reader) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw new DataException(file + ": expected an array as '" + name + "'");
    }
    for (int count = 0; parser.nextToken() != JsonToken.END_ARRAY; count++) {
      if (parser.currentToken() != JsonToken.START_OBJECT || count == MAX_ENTRIES) {
        throw new DataException(
            "%s: entry %d of '%s': expected objects, at most %d"
                .formatted(file, count, name, MAX_ENTRIES));
      }
      reader.read(new CocoFields("%s: entry %d of '%s'".formatted(file, count, name), parser));
    }
  }

  private void image(CocoFields fields) throws IOException {
    Optional<CocoId> id = Optional.empty();
    String fileName = "";
    int width = 0;
    int height = 0;
    JsonParser parser = fields.parser();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "id" -> id = fields.id(name);
        case "file_name" -> fileName = fields.text(name).orElse("");
        case "width" -> width = fields.side(name);
        case "height" -> height = fields.side(name);
        default -> parser.skipChildren();
      }
    }
    if (id.isEmpty() || fileName.isEmpty() || fileName.indexOf(0) >= 0) {
      throw new DataException(
          "%s: image %s '%s' lacks its id or a valid file_name"
              .formatted(file, id.map(CocoId::toString).orElse("without id"), fileName));
    }
    if (images.put(id.get(), new Image(fileName, width, height, new ArrayList<>())) != null) {
      throw new DataException(file + ": two images have the id " + id.get());
    }
  }

  private void category(CocoFields fields) throws IOException {
    Optional<CocoId> id = Optional.empty();
    String label = "";
    JsonParser parser = fields.parser();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "id" -> id = fields.id(name);
        case "name" -> label = fields.text(name).orElse("");
        default -> parser.skipChildren();
      }
    }
    if (id.isEmpty() || categories.put(id.get(), label) != null) {
      throw new DataException(
          "%s: category '%s' has the id %s; expected a distinct whole number from 0"
              .formatted(file, label, id.map(CocoId::toString).orElse("null")));
    }
  }

  private void annotation(CocoFields fields) throws IOException {
    Optional<CocoId> id = Optional.empty();
    Optional<CocoId> image = Optional.empty();
    Optional<CocoId> category = Optional.empty();
    double[] box = {};
    double area = -1;
    boolean crowd = false;
    JsonParser parser = fields.parser();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "id" -> id = fields.id(name);
        case "image_id" -> image = fields.id(name);
        case "category_id" -> category = fields.id(name);
        case "bbox" -> box = fields.box(name);
        case "area" -> area = fields.number(name).orElse(-1.0);
        case "iscrowd" -> crowd = fields.flag(name);
        default -> parser.skipChildren();
      }
    }
    CocoId known = id.orElse(new CocoId(annotations.size(), ""));
    if (box.length != 4 || !(box[2] >= 0) || !(box[3] >= 0)) {
      throw new DataException(
          "%s: annotation %s has no box [x, y, width, height] with sizes from 0"
              .formatted(file, known));
    }
    if (image.isEmpty() || category.isEmpty()) {
      throw new DataException(
          "%s: annotation %s lacks its %s"
              .formatted(file, known, image.isEmpty() ? "image_id" : "category_id"));
    }
    Box corners;
    try {
      corners = new Box(box[0], box[1], box[0] + box[2], box[1] + box[3]);
    } catch (IllegalArgumentException e) {
      throw new DataException("%s: annotation %s: %s".formatted(file, known, e.getMessage()), e);
    }
    annotations.add(
        new Annotation(
            known, image.get(), category.get(), corners, area >= 0 ? area : corners.area(), crowd));
  }

  /// By name; a category with another name by position, if no other name contradicts that.
  private ClassMatch match(List<String> modelNames) {
    List<String> names = List.copyOf(categories.values());
    List<Integer> places = IntStream.range(0, names.size()).boxed().toList();
    ClassMatch byPlace = new ClassMatch(places, "", false);
    if (modelNames.isEmpty()) {
      return byPlace;
    }
    ClassMatch byName = ClassMatch.byName(file.toString(), names, modelNames);
    if (byName.isMatched() || names.size() != modelNames.size()) {
      return byName.isMatched() ? byName : byName.withIndices(places);
    }
    boolean sameOrder = false;
    for (int place = 0; place < names.size(); place++) {
      ClassMatch one = ClassMatch.byName("", List.of(names.get(place)), modelNames);
      if (one.isMatched() && one.indices().getFirst() != place) {
        return byName.withIndices(places);
      }
      sameOrder |= one.isMatched();
    }
    return sameOrder ? byPlace : byName.withIndices(places);
  }

  /// Assigns every annotation to its image.
  private void attach(ClassMatch match) {
    Map<CocoId, Integer> classes = new HashMap<>();
    categories.keySet().forEach(id -> classes.put(id, match.indices().get(classes.size())));
    for (Annotation annotation : annotations) {
      Image image = images.get(annotation.image());
      Integer index = classes.get(annotation.category());
      if (image == null || index == null) {
        throw new DataException(
            "%s: annotation %s refers to image %s and category %s, but the file does not list both"
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
        "%s: image '%s' was not found in %s; name the folder of the images"
            .formatted(file, first, candidates));
  }
}
