import { useEffect, useState } from 'preact/hooks';
import { type ExampleName, exampleNames, type ImageSource } from '../backend/backend.js';
import { openExample, openFiles } from '../state/actions.js';
import { here, opening, place, server } from '../state/studio.js';
import { words } from '../words.js';
import { FileButton } from './file-button.js';
import { PictureCanvas } from './picture-canvas.js';
import { Reading } from './reading.js';

/** The page before there is a picture. */
export function Start() {
  const [kept, setKept] = useState<number | null>();
  const there = server.value;
  useEffect(() => {
    there?.limit().then(
      ({ keepDays }) => setKept(keepDays),
      () => {}, // told when it is needed
    );
  }, [there]);
  return (
    <div class="start">
      <h1>{words.headline}</h1>
      <p class="lead">
        {words.lead} {words.leadPlace[place.value]} {place.value === 'server' && kept !== undefined && words.keptFor(kept)}
      </p>
      <h2>{words.examples}</h2>
      <div class="examples">
        {exampleNames.map((name) => (
          <Example key={name} name={name} />
        ))}
      </div>
      <h2>{words.own}</h2>
      <div class="drop">
        <p>
          {words.dropHere} <FileButton class="primary" label={words.choose} several onFiles={(files) => openFiles(files)} />
        </p>
        <p class="note">
          {words.formats} {place.value === 'server' && words.formatsThere}
        </p>
      </div>
      {opening.value && <Reading />}
    </div>
  );
}

function Example({ name }: { readonly name: ExampleName }) {
  const [image, setImage] = useState<ImageSource['image']>();
  useEffect(() => {
    here.value
      ?.open({ example: name })
      .then(({ source }) => source.kind === 'image' && setImage(source.image))
      .catch(() => {}); // told when it is chosen
  }, [name]);
  return (
    <button type="button" class="example" onClick={() => openExample(name)}>
      <span class="thumbnail">{image && <PictureCanvas image={image} range={name === 'slice' ? [-0.16, 0.26] : [-1, 1]} />}</span>
      <span>
        <strong>{words.exampleTitle[name]}</strong>
        <small>{words.exampleText[name]}</small>
      </span>
    </button>
  );
}
